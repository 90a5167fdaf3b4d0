# 2.2.5 的解答：照着 order.txt，用 > 写第一行，用 >> 接着写后面的。
head -n 1 order.txt | sed 's/第一行：//' > report.txt
date +%F >> report.txt
echo "$(ls goods | wc -l) 个文件" >> report.txt
tree goods >> report.txt
