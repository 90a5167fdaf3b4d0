#!/usr/bin/env bash
# 重定向：> 从头写，>> 接着写；再看看 echo -n、date、history 和 tree。
set -u
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
exec 2>&1

# 下面的“课”一行一行地来：先显示命令，再执行它。history -s 把它记下来，
# 和你在终端里按回车时一样：后面的 history 才有东西可看。
while IFS= read -r line <&3; do
  case $line in
    "" | "#"*) echo "$line" ;;
    *) echo "\$ $line" && history -s "$line" && eval "$line" ;;
  esac
done 3<<"END"
# 一、echo 说完一句会换行，-n 不换行，所以下一句接在后面
echo "一行"
echo -n "前半句，"
echo "后半句"

# 二、date 现在几点；+ 后面是格式：%Y 年 %m 月 %d 日 %H 时 %M 分
date
date "+%Y-%m-%d %H:%M"

# 三、> 把本来显示在屏幕上的字写进文件；文件里原来有什么，都没了
echo "第一次" > report.txt
cat report.txt
echo "第二次" > report.txt
cat report.txt

# 四、>> 接在文件的最后
echo "第三次" >> report.txt
date "+%Y-%m-%d" >> report.txt
cat report.txt

# 五、tree 把目录画成一棵树，画也能存进文件
mkdir -p garden/flower garden/grass
touch garden/flower/rose.txt garden/grass/green.txt
tree garden
tree garden > tree.txt
cat tree.txt

# 六、history 列出敲过的命令，后面的数字是要看最近几条
history 3
history | grep report.txt
END

echo
echo '看完了：> 会冲掉原来的内容，不放心就用 >>。'
