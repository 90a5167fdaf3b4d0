#!/usr/bin/env bash
# 真的装一次 sl，再连配置一起卸载；原来装着的，最后也装着。
set -u
if [ "$(id -u)" -ne 0 ]; then
  echo '装软件要管理员的身份：lab run 3.2 install，或者在 bash 前面加 sudo。'
  exit 1
fi
exec 2>&1
# 没有人坐在这里回答 apt 的问题，所以让它什么也不问；-y 就是对每个问题说“是”。
export DEBIAN_FRONTEND=noninteractive

run() {
  echo "\$ sudo $*"
  "$@" < /dev/null
}
state() {
  if [ -x /usr/games/sl ]; then
    echo "现在：sl 装着，程序是 $(ls /usr/games/sl)"
  else
    echo '现在：没有 sl'
  fi
}

before=$(dpkg-query -W -f '${db:Status-Status}' sl 2> /dev/null)
restore() {
  if [ "$before" = installed ] && [ ! -x /usr/games/sl ]; then
    echo '（开始的时候 sl 是装着的，现在把它装回来）'
    apt-get -q -y install sl < /dev/null > /dev/null
  fi
}
trap restore EXIT

echo '【装】'
run apt install -y sl || exit 1
state

echo
echo '【卸】--purge 连配置文件一起删掉'
run apt remove --purge -y sl || exit 1
state

echo
echo '看完了：装了又卸，机器和原来一样。'
