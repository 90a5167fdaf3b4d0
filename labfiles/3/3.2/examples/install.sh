#!/bin/bash
# 安装 sl（一辆小火车），看一眼，再连同配置一起删除；需要管理员的权限。
set -eu
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

show() {
  printf '$ %s\n' "$*"
  "$@" 2>&1 | grep -vE '^$|WARNING: apt does not have' || return "${PIPESTATUS[0]}"
}

show apt install -y sl
if [ -x /usr/games/sl ]; then
  echo '装好了：/usr/games/sl'
else
  echo '没有装好，请看上面的提示'
  exit 1
fi

show apt remove --purge -y sl
if [ -e /usr/games/sl ]; then
  echo '没有删掉，请看上面的提示'
  exit 1
fi
echo '删干净了：没有 /usr/games/sl'
