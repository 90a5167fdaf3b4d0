#!/usr/bin/env bash
# 找东西：grep 在文件里找，find 在目录里找，管道把两个命令接起来。
set -u
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
exec 2>&1

cat > app.log <<"LOG"
09:00:01 INFO server started
09:00:07 ERROR cannot open data.txt
09:01:30 info user tarena logged in
09:02:12 error connection lost
09:03:00 INFO server stopped
LOG
mkdir -p project/src project/doc
touch project/src/main.py project/src/tool.py project/doc/readme.txt

# 下面的“课”一行一行地来：先显示命令，再执行它，就像有人在终端里敲键盘。
while IFS= read -r line <&3; do
  case $line in
    "" | "#"*) echo "$line" ;;
    *) echo "\$ $line" && eval "$line" ;;
  esac
done 3<<"END"
# 一、grep 文字 文件：显示有这个文字的行
grep ERROR app.log

# 二、-n 加上行号，-i 不分大小写
grep -n ERROR app.log
grep -i error app.log
grep -n -i info app.log

# 三、find 目录 -name 名字：在目录里一层一层地找；通配符要加引号
find project -name readme.txt
find project -name "*.py" | sort

# 四、管道 |：左边的输出，变成右边的输入
cat app.log | grep -i error
ls project/src | grep tool
grep -i info app.log | grep server | cat -n
END

echo
echo '看完了：grep 找的是内容，find 找的是文件。'
