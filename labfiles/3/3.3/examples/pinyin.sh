#!/bin/bash
# pip3 的几个命令：看有什么，装 pypinyin，用它，升级它；原来没有的话，最后删掉，和来时一样。
set -eu
export LC_ALL=C.UTF-8

show() {
  printf '$ %s\n' "$*"
  "$@"
}

had=yes
pip3 show --quiet pypinyin 2> /dev/null || had=no

show pip3 list | sed -n '1,6p'
show pip3 show pip | sed -n '1,3p'
show pip3 install pypinyin
python3 -c 'from pypinyin import lazy_pinyin, Style
print("拼音：", *lazy_pinyin("后端开发", style=Style.TONE))'
show pip3 install --upgrade pypinyin

if [ "$had" = no ]; then
  show pip3 uninstall -y pypinyin
fi
echo '做完了'
