#!/bin/bash
# 替你在 vim 里按键，每次都从同一个文件开始，存盘以后看它变成什么样。
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
file=$folder/note.txt
keys=$folder/keys
escape=$(printf '\033')

press() { # 要按的键；<Esc> 和 <C-r> 是两个特殊的键，每次最后都按回车
  printf '按键 %s\n' "$1"
  local typed=${1//<Esc>/$escape}
  typed=${typed//<C-r>/$(printf '\022')}
  printf '%s\n' "$typed" > "$keys"
  vim -n -s "$keys" "$file" > /dev/null 2>&1 < /dev/null
}

look() {
  awk '{ printf "  %d %s\n", NR, $0 }' "$file"
}

: > "$file"
echo '插入模式：i 在光标前写，Esc 回到命令模式，:wq 保存退出'
press 'iHello<Esc>:wq'
look

echo '插入模式：o 在下面开一个新行'
press 'oworld<Esc>:wq'
look

echo '命令模式：x 删除光标上的一个字'
press 'x:wq'
look

echo '命令模式：x 删一个字，u 撤销，和原来一样'
press 'xu:wq'
look

echo '命令模式：撤销以后按 ctrl-r，又做一遍'
press 'xu<C-r>:wq'
look

echo '末行模式：:q! 不保存就退出'
before=$(cat "$file")
press 'iwrong<Esc>:q!'
if [ "$(cat "$file")" = "$before" ]; then
  echo '  文件没有变'
fi

echo '中文也一样'
: > "$file"
press 'i你好，后端<Esc>:wq'
look
