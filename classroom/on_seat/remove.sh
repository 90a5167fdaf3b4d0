#!/bin/sh
# Runs on a seat as root, after prove.sh: archives the course user's home, reads the archive back, then removes the account
# with all of it. A removal that was interrupted goes on where it stopped. Arguments: account, student number, seat, class.
# shellcheck disable=SC2154  # prove.sh sets them
set -eu
umask 077
home=/home/$1 kept=/var/lib/coursebox/removed
verified=$kept/verified said=$kept/said part=$kept/part
name=$student${4:+@$4}
place=$kept/$name-$(date +%Y%m%d-%H%M%S).tar.gz
install -d -m 0700 "$kept"

# An archive counts as long as nobody could work in the home since: the account is gone, or expired as it was then.
case $(getent shadow "$account" | cut -d: -f8)$(getent passwd "$account" > /dev/null || echo gone) in
  1 | gone) ;;
  *) rm -f "$verified" ;;
esac

give_back() {
  rm -f "$part"
  usermod --unlock --expiredate '' "$account"
  echo "主目录存不了档，账号没有动：$1" >&2
  exit 3
}

if [ ! -e "$verified" ]; then
  if ! getent passwd "$account" > /dev/null; then
    # Nothing is left to do where it was done before; the newest archive of that student is told again.
    done_before=$(find "$kept" "(" -name "$name-????????-??????.tar.gz" -o -name "$student-????????-??????.tar.gz" ")" | sort | tail -n 1)
    if [ -n "$done_before" ]; then echo "archive $done_before"; exit 0; fi
    echo "座位上没有用户 $account" >&2
    exit 3
  fi
  # What is mounted there is not the home's own, and would be neither archived nor safe to delete.
  if grep -q " $home/" /proc/mounts; then
    echo "主目录里挂着别的文件系统，账号没有动：$(grep -c " $home/" /proc/mounts) 处，请先 umount。" >&2
    exit 3
  fi
  # Nothing of the student's may run and change the home while it is read.
  usermod --lock --expiredate 1 "$account"
  loginctl terminate-user "$account" 2> /dev/null || :
  while pkill -KILL -u "$account"; do sleep 0.1; done
  # Links stay links: what the student links to is not the home.
  tar --create --sparse --gzip --file "$part" --directory "$home" . 2> "$said" ||
    give_back "$(head -c 300 "$said")"
  tar --compare --file "$part" --directory "$home" > "$said" 2>&1 ||
    give_back "$(head -c 300 "$said")"
  rm -f "$said"
  # What bears an archive's name is whole, also after a power cut.
  sync -f "$part"
  mv "$part" "$place"
  echo "$place" > "$verified.new"
  sync -f "$place"
  mv "$verified.new" "$verified"
  sync -f "$verified"
fi
echo "archive $(cat "$verified")"
rm -rf --one-file-system "$home"
if getent passwd "$account" > /dev/null; then userdel "$account"; fi
rm -f /etc/coursebox/owner /etc/coursebox/class "$verified"
echo removed
