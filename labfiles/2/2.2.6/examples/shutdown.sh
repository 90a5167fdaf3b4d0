#!/usr/bin/env bash
# 定一个 10 分钟以后的关机，看一眼，再取消它。机器不会真的关。
set -u
if [ "$(id -u)" -ne 0 ]; then
  echo '关机要管理员的身份：lab run 2.2.6 shutdown，或者在 bash 前面加 sudo。'
  exit 1
fi
exec 2>&1
plan=/run/systemd/shutdown/scheduled

# 记着关机计划的是 logind。没有它，旧的系统会把“10 分钟以后”当成“马上”，所以先问一声。
if ! timeout 30 loginctl list-sessions > /dev/null; then
  echo '这台机器现在定不了关机计划（问不到 systemd-logind），什么也没有做。'
  exit 1
fi
if [ -e "$plan" ]; then
  echo '已经有一个关机计划了，不是我定的，我不动它。要取消它：sudo shutdown -c'
  exit 1
fi

# 不管怎样结束，都先取消计划。
cancel() {
  if [ -e "$plan" ] && ! shutdown -c; then
    echo '注意：没有取消成功！请马上输入：sudo shutdown -c'
  fi
}
trap cancel EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

run() {
  echo "\$ sudo $*"
  "$@"
}

echo '【定计划】10 分钟以后关机'
run shutdown +10
if [ ! -e "$plan" ]; then
  echo '计划没有定成，机器不会关。'
  exit 1
fi

echo
echo '【看一眼】计划记在一个文件里：USEC 是时间，MODE 是关机（poweroff）还是重启（reboot）'
run cat "$plan"
time=$(sed -n 's/^USEC=//p' "$plan")
echo "也就是 $(date -d "@${time%??????}" '+%H:%M:%S') 关机，现在是 $(date '+%H:%M:%S')"

echo
echo '【取消】'
run shutdown -c
if [ -e "$plan" ]; then
  exit 1
fi
echo '计划没有了，机器不会关。'
