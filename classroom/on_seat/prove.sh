#!/bin/sh
# Begins what runs on a seat as root: ends it unless the course account there is this student's; sets $home.
# Arguments: the account, the student's number, the seat; `gone=allowed` lets an account that is gone pass.
# shellcheck disable=SC2034  # what follows it uses them
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
account=$1 student=$2
owner=$({ head -c 64 /etc/coursebox/owner | tr -cd 'A-Za-z0-9_-'; } 2> /dev/null)
home=$(getent passwd "$account" | cut -d: -f6)
if [ -n "$owner" ] && [ "$owner" != "$student" ]; then
  echo "座位上是学号 $owner 的账号和主目录，名单里是 $student：没有动它。要换人，先 make remove LIMIT=$3 OWNER=$owner（会存档）；同一个人换了学号，就把座位上的 /etc/coursebox/owner 改成新的。"
  exit 3
fi
if [ -z "$home" ] && [ "${gone-}" != allowed ]; then
  echo "座位上没有账号 $account：先运行 make provision LIMIT=$3，再来一次。"
  exit 3
fi
if [ -n "$home" ] && [ -z "$owner" ]; then
  echo "座位上没有写着账号是谁的（/etc/coursebox/owner）：先运行 make provision LIMIT=$3，再来一次。"
  exit 3
fi
