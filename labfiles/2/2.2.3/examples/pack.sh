#!/usr/bin/env bash
# 打包和解包：zip 和 unzip，tar 加 gzip，tar 加 bzip2。
set -u
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
exec 2>&1

mkdir -p shop/fruit
echo '苹果 3 元' > shop/fruit/apple.txt
echo '茶 5 元' > shop/tea.txt

# 下面的“课”一行一行地来：先显示命令，再执行它，就像有人在终端里敲键盘。
while IFS= read -r line <&3; do
  case $line in
    "" | "#"*) echo "$line" ;;
    *) echo "\$ $line" && eval "$line" ;;
  esac
done 3<<"END"
# 一、zip -r 包的名字 目录：-r 把目录里的东西一层一层都装进去
zip -r shop.zip shop

# 二、unzip 包 -d 目录：拆到指定的目录里（没有这个目录会自己建）
unzip shop.zip -d from-zip
cat from-zip/shop/fruit/apple.txt

# 三、tar -czf：c 建新包，z 用 gzip 压缩，f 后面跟着包的名字
tar -czf shop.tar.gz shop
mkdir from-gz
tar -xvf shop.tar.gz -C from-gz
cat from-gz/shop/tea.txt

# 四、tar -cjf：j 用 bzip2 压缩；拆的时候一样用 -xvf，tar 自己认得出来
tar -cjf shop.tar.bz2 shop
mkdir from-bz2
tar -xvf shop.tar.bz2 -C from-bz2
cat from-bz2/shop/fruit/apple.txt

# 五、三个包都在，原来的目录也还在；拆出来的和原来的一模一样（diff 什么也不说）
ls
diff -r shop from-zip/shop
diff -r shop from-gz/shop
diff -r shop from-bz2/shop

# 六、不拆开，只看包里有什么
tar -tf shop.tar.gz
END

echo
echo '看完了：c 是装，x 是拆，f 后面一定跟着包的名字。'
