#!/usr/bin/env bash
# 通配符：* 代表任意多个字，? 代表正好一个字；先用 ls 看准，再用 rm 删。
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
# 一、准备一些文件
touch photo1.jpg photo2.jpg photobook.jpg notes.txt todo.txt
mkdir old
touch old/1.log old/2.log

# 二、* 代表任意多个字（一个也没有也行）
ls *.txt
ls photo*

# 三、? 代表正好一个字，所以 photobook.jpg 不在里面
ls photo?.jpg

# 四、展开通配符的是 bash，不是 ls：换成 echo 也一样
echo photo*

# 五、删除以前，先用 ls 看看这个通配符抓到了谁
ls photo?.jpg
rm photo?.jpg
ls

# 六、rm 删不了目录，rm -rf 能：它不问，也没有回收站
rm old
rm -rf old
ls
END

echo
echo '看完了：先 ls，再 rm。'
