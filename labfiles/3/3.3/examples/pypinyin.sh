#!/usr/bin/env bash
# pip3 从头到尾走一遍：看、装、用、升级、卸；最后恢复成原来的样子。
set -u
exec 2>&1

# 原来装着的版本；没装就是空的。
before=$(pip3 list --format=freeze 2> /dev/null | sed -n 's/^pypinyin==//p')
restore() {
  if [ -n "$before" ]; then
    echo "（开始的时候装着 pypinyin $before，现在把它装回来）"
    pip3 install --quiet "pypinyin==$before"
  elif pip3 show pypinyin > /dev/null 2>&1; then
    pip3 uninstall --quiet -y pypinyin
  fi
}
trap restore EXIT

# 下面的“课”一行一行地来：先显示命令，再执行它，就像有人在终端里敲键盘；哪一步不成，就停在哪一步。
while IFS= read -r line <&3; do
  case $line in
    "" | "#"*) echo "$line" ;;
    *) echo "\$ $line" && eval "$line" || exit 1 ;;
  esac
done 3<<"END"
# 一、看：装了哪些模块，其中一个的详情
pip3 list
pip3 show pip

# 二、装：不用加别的选项，也不用 sudo，装在你自己的家目录里
pip3 install pypinyin
pip3 show pypinyin

# 三、用：装好了就能 import
python3 -c "from pypinyin import lazy_pinyin; print(*lazy_pinyin('后端开发'))"

# 四、升级：已经是最新的，就什么也不做
pip3 install --upgrade pypinyin

# 五、卸：-y 就是不用再问我
pip3 uninstall -y pypinyin
END

echo
echo '看完了：list 看，install 装，show 看详情，uninstall 卸。'
