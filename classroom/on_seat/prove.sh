#!/bin/sh
# Begins what runs on a seat as root: ends it unless the course account there is this class's and this student's; sets $home.
# Arguments: the account, the student's number, the seat, the class's id; `gone=allowed` lets an account that is gone pass.
# shellcheck disable=SC2034  # what follows it uses them
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
account=$1 student=$2
noted() { { head -c 64 "/etc/coursebox/$1" | tr -cd 'A-Za-z0-9_-'; } 2> /dev/null; }
owner=$(noted owner) class=$(noted class)
home=$(getent passwd "$account" | cut -d: -f6)
# A seat that was provisioned before classes had an id has none.
if [ -n "$owner" ] && [ -n "$class" ] && [ "$class" != "$4" ]; then
  echo "座位是另一个班的（班号 $class），这个班的班号是 ${4:-（还没有）}，名单里是 $student；座位上是学号 $owner 的账号和主目录：没有动它。先看清楚 hosts.yml 里的地址；要换成这个班的人，make remove LIMIT=$3 OWNER=$owner@$class（会存档）；其实是同一个班，就把 $class 写进班级文件夹的 class-id。"
  exit 3
fi
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
