#!/bin/bash
# 软件源在哪里；不改动系统，看看安装 sl 会做什么。
set -eu
export LC_ALL=C.UTF-8

show() {
  printf '$ %s\n' "$*"
  "$@"
}

echo '软件源写在这里：'
# 新的系统写在 sources.list.d 里的 *.sources；老的系统写在 sources.list
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
  if [ -f "$file" ] && grep -qE '^(deb |URIs:)' "$file"; then
    echo "  $file"
    grep -E '^(deb |Types:|URIs:|Suites:|Components:)' "$file" | sed 's/^/    /'
  fi
done

show apt-cache show sl | sed -n '1,12p'
show apt-get -s install sl | grep -vE '^NOTE:|^ '
