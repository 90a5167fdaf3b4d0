#!/usr/bin/env bash
# apt 从哪里下载：软件源写在哪个文件里；不装，先看看 sl 是什么，装它会做什么。
set -u
exec 2>&1

echo '【软件源】apt 从网上的仓库下载软件，仓库的地址写在这些文件里：'
shopt -s nullglob
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
  [ -f "$file" ] || continue
  case $file in
    *.sources) echo "找到软件源 $file （新写法 deb822：一项一行）" ;;
    *) echo "找到软件源 $file （老写法：一个源一行）" ;;
  esac
  # 去掉说明（# 开头的行）和空行，剩下的才算数。
  grep -v -e '^#' -e '^$' "$file" | sed 's/^/    /'
done
echo '课程里说的 /etc/apt/sources.list 去哪儿了？从 Ubuntu 24.04 起，它搬进了'
echo '/etc/apt/sources.list.d/ubuntu.sources，原来的文件只剩一句说明。新装的 Debian 13 是 debian.sources。'

echo
echo '【它是什么】'
echo '$ apt show sl'
apt show sl 2> /dev/null

echo '【装它会做什么】-s 只是演习：什么也不装，所以不用 sudo'
if [ -x /usr/games/sl ]; then
  echo '（这台机器已经装了 sl，所以演习也没有事可做。卸载它：sudo apt remove --purge sl）'
fi
echo '$ apt-get -s install sl'
apt-get -s install sl

echo
echo '看完了：Inst 是要装的，Conf 是要配置的。'
