#!/bin/sh
# Begins what a verb changes on a seat as root: holds the lock that provisioning's scripts hold too, until all that it started has
# ended; ends at once with 75, and a line that says who works there, where it is held. $doing is what the next one reads.
# shellcheck disable=SC2154  # who renders it sets it
mkdir -p /run/coursebox
exec 9>> /run/coursebox/lock
if ! flock --nonblock 9; then
  echo "座位正忙，$(head -c 100 /run/coursebox/lock) 还没有做完（一直这样，就在座位上用 sudo lsof /run/coursebox/lock 看是谁）。"
  exit 75
fi
echo "$doing（$(date +%T) 开始）" > /run/coursebox/lock
