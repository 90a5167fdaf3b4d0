#!/usr/bin/env bash
# 权限：用字母和用三个数字改同一个文件的权限。
set -u
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
exec 2>&1

echo 'echo 你好，我是一个程序' > hello.sh
chmod 644 hello.sh

# 下面的“课”一行一行地来：先显示命令，再执行它，就像有人在终端里敲键盘。
while IFS= read -r line <&3; do
  case $line in
    "" | "#"*) echo "$line" ;;
    *) echo "\$ $line" && eval "$line" ;;
  esac
done 3<<"END"
# 一、ls -l 的第一列就是权限：文件主人、同组的人、其他人，各三格 rwx
ls -l hello.sh

# 二、没有 x，就不能当程序运行；给主人（u）加上（+）x
./hello.sh
chmod u+x hello.sh
ls -l hello.sh
./hello.sh

# 三、字母：谁（u 主人 g 同组 o 其他人 a 所有人）+ 怎么办（+ 加 - 减 = 正好是）+ 什么（r w x）
chmod g+w hello.sh
ls -l hello.sh
chmod o-r hello.sh
ls -l hello.sh
chmod a=r hello.sh
ls -l hello.sh
chmod u=rwx,g=rx,o= hello.sh
ls -l hello.sh

# 四、数字：r 是 4，w 是 2，x 是 1，加起来；三个数字依次给主人、同组、其他人
chmod 755 hello.sh
ls -l hello.sh
chmod 640 hello.sh
ls -l hello.sh

# 五、两种写法，一个结果：stat 把数字和字母都说出来
chmod 754 hello.sh
stat -c "%a %A" hello.sh
chmod u=rwx,g=rx,o=r hello.sh
stat -c "%a %A" hello.sh
END

echo
echo '看完了：字母一样一样地改，数字一次全定好。'
