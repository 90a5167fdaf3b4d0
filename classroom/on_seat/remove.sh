#!/bin/sh
# Runs on a seat as root: archives the course user's home, reads the archive back, then removes the account with all of it.
# Arguments: account, student number.
set -eu
umask 077
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
account=$1 kept=/var/lib/coursebox/removed
place=$kept/$2-$(date +%Y%m%d-%H%M%S).tar.gz
if ! home=$(getent passwd "$account" | cut -d: -f6) || [ -z "$home" ]; then
  echo "座位上没有用户 $account" >&2
  exit 3
fi
install -d -m 0700 "$kept"
said=$kept/said
# What is mounted there is not the home's own, and would be neither archived nor safe to delete.
if grep -q " $home/" /proc/mounts; then
  echo "主目录里挂着别的文件系统，账号没有动：$(grep -c " $home/" /proc/mounts) 处，请先 umount。" >&2
  exit 3
fi
# Nothing of the student's may run and change the home while it is read.
usermod --lock --expiredate 1 "$account"
loginctl terminate-user "$account" 2> /dev/null || :
while pkill -KILL -u "$account"; do sleep 0.1; done
give_back() {
  rm -f "$place"
  usermod --unlock --expiredate '' "$account"
  echo "主目录存不了档，账号没有动：$1" >&2
  exit 3
}
# Links stay links: what the student links to is not the home.
tar --create --sparse --gzip --file "$place" --directory "$home" . 2> "$said" ||
  give_back "$(head -c 300 "$said")"
tar --compare --file "$place" --directory "$home" > "$said" 2>&1 ||
  give_back "$(head -c 300 "$said")"
rm -f "$said"
echo "archive $place"
userdel --remove "$account" 2> /dev/null || userdel "$account"
rm -f /etc/coursebox/owner
echo removed
