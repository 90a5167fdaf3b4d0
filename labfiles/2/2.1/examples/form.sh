#!/usr/bin/env bash
# 命令的样子：命令 [-选项] [参数]。
set -u
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
exec 2>&1

mkdir fruit
echo '一个苹果' > fruit/.apple.txt
echo '一个梨' > fruit/pear.txt

# 下面的“课”一行一行地来：先显示命令，再执行它，就像有人在终端里敲键盘。
while IFS= read -r line <&3; do
  case $line in
    "" | "#"*) echo "$line" ;;
    *) echo "\$ $line" && eval "$line" ;;
  esac
done 3<<"END"
# 一、只有命令：看当前目录
ls

# 二、命令 参数：看哪个目录
ls fruit

# 三、命令 -选项 参数：也看藏起来的
ls -a fruit

# 四、几个选项分开写、合起来写，意思一样
ls -l -a fruit
ls -la fruit

# 五、一个命令可以有几个参数
ls fruit/.apple.txt fruit/pear.txt

# 六、每个命令都会自己介绍自己：-a 是什么意思？（-a 是短的写法，--all 是长的写法）
ls --help | grep -A 1 -e "-a, --all"
END

echo
echo '看完了：命令、选项、参数之间都要有空格，大小写不能写错。'
