#!/usr/bin/env bash
# 替你按键的 vim：每次按了哪些键、文件变成什么样，一次一次地看。
set -u
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
exec 2>&1

# press 文件 按键：打开文件，照着按键，再看文件变成了什么。
# vim -s 把一个文件里的字当作键盘上按的键；屏幕就不显示了（> /dev/null）。
press() {
  echo "\$ vim $1"
  echo "    按键：$2"
  local keys=${2//'<Esc>'/$'\e'}
  keys=${keys//'<回车>'/$'\r'}
  keys=${keys//'<ctrl-r>'/$'\x12'}
  printf '%s' "$keys" > keys.txt
  TERM=dumb timeout 20 vim -u NONE -N -i NONE -n --not-a-term -s keys.txt "$1" \
    < /dev/null > /dev/null 2>&1
  echo "\$ cat $1"
  cat "$1"
  echo
}

echo '一、i 在光标前面插入，Esc 回到命令模式，:wq 存盘退出'
press poem.txt 'ione<Esc>:wq<回车>'

echo '二、o 在下面新开一行'
press poem.txt 'otwo<Esc>othree<Esc>:wq<回车>'

echo '三、:w 存盘，还在 vim 里；:q 退出'
press poem.txt 'iNo.1 <Esc>:w<回车>:q<回车>'

echo '四、改过没存，:q 不让走（所以还能再按 :wq）'
press poem.txt 'oHAHA<Esc>:q<回车>:wq<回车>'

echo '五、x 删掉光标下的一个字（这里删五个：“No.1 ”没了）'
press poem.txt 'xxxxx:wq<回车>'

echo '六、u 撤销刚才那一下；ctrl-r 把撤销的又做回来'
press poem.txt 'xu:wq<回车>'
press poem.txt 'xu<ctrl-r>:wq<回车>'

echo '七、:q! 不存盘就走：改的全部不算'
press poem.txt 'iWRONG<Esc>oWRONG<Esc>:q!<回车>'

echo '看完了：不知道在哪个模式，先按 Esc。'
