#!/bin/sh
# Lets the account in again where it, or its password, has expired, and sudo read its folder; argument: account.
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /run/coursebox
exec 9>> /run/coursebox/lock
flock 9
echo 'make provision' > /run/coursebox/lock
IFS=: read -r _ _ changed _ longest _ _ ends _ << END
$(getent shadow "$1")
END
today=$(($(date +%s) / 86400))
if [ -n "$ends" ] && [ "$ends" -le "$today" ]; then
  chage --expiredate -1 "$1"
  echo changed
fi
if [ "${changed:-1}" = 0 ] || { [ -n "$longest" ] && [ $((${changed:-$today} + longest)) -lt "$today" ]; }; then
  chage --lastday "$today" --maxdays 99999 "$1"
  echo changed
fi
if [ -e /etc/sudoers ] && ! grep -qsE '^[@#]includedir[[:space:]]+/etc/sudoers\.d' /etc/sudoers; then
  cp -p /etc/sudoers /etc/sudoers.coursebox-new
  echo '@includedir /etc/sudoers.d' >> /etc/sudoers.coursebox-new
  mv -f /etc/sudoers.coursebox-new /etc/sudoers
  echo changed
fi
