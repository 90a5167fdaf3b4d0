#!/bin/sh
# Sets the home's mode and owner and adds, as the course user, each public key that authorized_keys lacks; removes none.
# Arguments: account, mode, public keys.
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /run/coursebox
exec 9>> /run/coursebox/lock
flock 9
echo 'make provision' > /run/coursebox/lock
account=$1 mode=$2 home=/home/$1
shift 2
if [ -e "$home" ] && ! [ -d "$home" ]; then
  # What stands in the home's place is kept.
  mv -T "$home" "$home.aside-$(date +%Y%m%d-%H%M%S)"
fi
if [ "$(stat -L -c '0%a %U %G' "$home" 2> /dev/null)" != "$mode $account $account" ]; then
  install -d -m "$mode" -o "$account" -g "$account" "$home"
  echo changed
fi
if [ $# = 0 ]; then exit 0; fi
# shellcheck disable=SC2016 # the inner shell expands
exec runuser -u "$account" -- env HOME="$home" sh -c '
  set -eu
  umask 077
  cd
  mkdir -p .ssh
  # What is no plain file is the doing of the student, and is put aside.
  if [ -e .ssh/authorized_keys ] && ! [ -f .ssh/authorized_keys ]; then
    mv .ssh/authorized_keys .ssh/authorized_keys.aside
  fi
  touch .ssh/authorized_keys
  for key in "$@"; do
    if ! grep -qxF -- "$key" .ssh/authorized_keys; then
      # A file that was left without a last newline must not swallow the key.
      if [ -n "$(tail -c 1 .ssh/authorized_keys)" ]; then echo >> .ssh/authorized_keys; fi
      printf "%s\n" "$key" >> .ssh/authorized_keys
      echo changed
    fi
  done
' open-home "$@"
