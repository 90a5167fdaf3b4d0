#!/bin/sh
# Runs on a seat as root, after prove.sh: brings an archived home back. The archive is unpacked beside the home, read to its end,
# before anything moves. Arguments: account, number, seat, class, the archive on the seat or nothing, the program that merges.
# shellcheck disable=SC2154  # prove.sh sets them
set -eu
umask 077
kept=/var/lib/coursebox/removed
sent=$5
archive=${sent:-$(find "$kept" "(" -name "$student${4:+@$4}-????????-??????.tar.gz" -o -name "$student-????????-??????.tar.gz" ")" 2> /dev/null | sort | tail -n 1)}
if [ -z "$archive" ]; then
  echo "座位上没有学号 $student 的存档：用 ARCHIVE=… 指定你电脑上的一个（例如 collected/work/$student 里收来的）。"
  exit 3
fi
as() { runuser -u "$account" -- env -i HOME="$home" PATH="$PATH" LC_ALL=C.UTF-8 "$@"; }
# What a restore that was cut off left; an archive is on its way for half an hour at most.
find /run -maxdepth 1 -name 'coursebox-restore.*' ! -path "$sent" -mmin +60 -delete
rm -rf --one-file-system "$home"/.coursebox-restore.*
stage=$(as mktemp -d "$home/.coursebox-restore.XXXXXX")
trap 'rm -rf --one-file-system "$stage"; rm -f "$sent"' EXIT
# Room for what it unpacks to, and as much again to spare; gzip's own word for it is only true below 4 GiB.
needed=$(gzip --decompress --stdout "$archive" 2> /dev/null | wc -c) || needed=0
free=$(($(df --output=avail -k "$home" | tail -n 1) * 1024))
if [ "$free" -lt $((needed + 67108864)) ]; then
  echo "座位的磁盘只剩 $((free / 1048576)) MB，这个存档解开要 $((needed / 1048576)) MB：没有动主目录，先腾出空间。"
  exit 3
fi
if ! said=$(gzip --test "$archive" 2>&1 && as tar --extract --gzip --no-same-owner --directory "$stage" < "$archive" 2>&1); then
  echo "存档 $archive 读不完，没有动主目录：$(printf %s "$said" | head -c 200)"
  exit 3
fi
as /usr/bin/python3 -IS -c "$6" "$stage" "before-restore-$(date +%Y%m%d-%H%M%S)"
echo "from $archive"
