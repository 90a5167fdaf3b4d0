# 2.2.2 的解答：grep 找内容，find 找文件，管道数一数，cat 连起来再接着写。
grep -n -i error app.log > errors.txt
find project -name "secret.txt" > where.txt
find project -name "*.py" | wc -l > count.txt
cat one.txt two.txt > poem.txt
cat >> poem.txt <<'END'
完
END
