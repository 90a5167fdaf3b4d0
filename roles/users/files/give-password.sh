#!/bin/sh
# Gives the account the password that comes on standard input; arguments: account, on_create or always,
# owner or nothing, the owner's class or nothing.
set -eu
export LC_ALL=C
IFS= read -r password
mkdir -p /run/coursebox
exec 9>> /run/coursebox/lock
flock 9
echo 'make provision' > /run/coursebox/lock
known=/etc/coursebox/owner
give_class() {
  if [ -n "$1" ]; then printf '%s\n' "$1" > /etc/coursebox/class; else rm -f /etc/coursebox/class; fi
}
if [ -n "$3" ] && [ "$(cat "$known" 2> /dev/null)" != "$3" ]; then
  printf '%s:%s\n' "$1" "$password" | chpasswd
  mkdir -p /etc/coursebox
  give_class "$4"
  # Last, so that a run that is cut off before gives the password once more.
  printf '%s\n' "$3" > "$known"
  echo given
  exit 0
fi
if [ -n "$3" ] && [ "$(cat /etc/coursebox/class 2> /dev/null)" != "$4" ]; then
  give_class "$4"
  echo given
fi
case $(getent shadow "$1" | cut -d: -f2) in
  # Locked, with the student's own password behind it.
  '!$'*) usermod --unlock "$1"; echo given ;;
esac
case $(passwd --status "$1") in
  "$1 P "*)
    if [ "$2" != always ]; then exit 0; fi
    # perl's crypt knows every scheme that this machine's own passwords use.
    hash=$(getent shadow "$1" | cut -d: -f2)
    if [ "$(printf '%s' "$password" | perl -e '$_ = <STDIN>; print crypt($_, $ARGV[0])' "$hash")" = "$hash" ]; then exit 0; fi
    ;;
esac
printf '%s:%s\n' "$1" "$password" | chpasswd
echo given
