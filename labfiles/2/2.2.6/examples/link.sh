#!/usr/bin/env bash
# 软链接：用绝对路径做的链接，搬了家也还在；用相对路径做的会断。
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
# 一、准备：books 里有一个文件，desk 是干活的目录
mkdir books desk
echo "第一课：认识链接" > books/notes.txt

# 二、ln -s 目标 链接：目标写绝对路径（$PWD 就是 pwd 显示的那个路径）
ln -s "$PWD/books/notes.txt" desk/notes
ls -l desk/notes
cat desk/notes

# 三、通过链接写，改的就是目标；目标只有一份
echo "又学了一行" >> desk/notes
cat books/notes.txt

# 四、再做一个用相对路径的：现在也能用
ln -s ../books/notes.txt desk/relative
cat desk/relative

# 五、把干活的目录搬走：绝对路径的链接还在，相对路径的断了
mkdir -p attic/old
mv desk attic/old
cat attic/old/desk/notes
cat attic/old/desk/relative

# 六、走到别的目录里去，链接一样好用
cd attic/old/desk
cat notes
cd - > /dev/null

# 七、删掉链接，目标没事；删掉目标，链接就断了
rm attic/old/desk/relative
ls books
rm books/notes.txt
cat attic/old/desk/notes
END

echo
echo '看完了：跨目录做软链接，目标写绝对路径。'
