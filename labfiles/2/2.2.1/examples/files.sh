#!/usr/bin/env bash
# 文件和目录：看、走、建、复制、改名、删除，最后是通配符。
set -u
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
exec 2>&1

# 下面的“课”一行一行地来：先显示命令，再执行它，就像有人在终端里敲键盘。
while IFS= read -r line <&3; do
  case $line in
    "" | "#"*) echo "$line" ;;
    *) echo "\$ $line" && eval "$line" ;;
  esac
done 3<<"END"
# 一、建：touch 一次可以建几个空文件，mkdir 建目录
touch notes.txt todo.txt main.py .hidden
mkdir study
ls
ls -a
ls -l

# 二、走：cd 进去，cd - 回到刚才的地方，cd .. 回上一级
cd study
pwd
cd -
cd study
cd ..
pwd

# 三、复制：cp 复制文件，cp -r 连目录带内容一起复制
echo "第一课" > study/day1.txt
cp study/day1.txt study/day2.txt
cp -r study backup
ls study backup

# 四、改名和移动：mv 的第二个参数是目录就移进去，不是就改名
mv main.py hello.py
mv hello.py study
ls
ls study
END

echo
echo '看完了：建、看、走、复制、改名。'
