#!/bin/sh
# Sets host name, locale and time zone where they differ, and says what it changed; arguments: host name, time zone,
# default locale, other locales.
set -eu
export LC_ALL=C
name=$1 zone=$2 default=$3
shift 2
if [ "$(hostname)" != "$name" ] || [ "$(cat /etc/hostname)" != "$name" ]; then
  # In place, since a container engine mounts these files.
  printf '%s\n' "$name" > /etc/hostname
  hostname "$name"
  if [ -d /etc/cloud/cloud.cfg.d ]; then
    echo 'preserve_hostname: true' > /etc/cloud/cloud.cfg.d/99-coursebox.cfg
  fi
  echo changed host name
fi
if ! grep -qE "[[:space:]]$name([[:space:]]|\$)" /etc/hosts; then
  printf '127.0.1.1\t%s\n' "$name" >> /etc/hosts
  echo changed hosts
fi
for locale in "$@"; do
  if ! locale -a | grep -qix "$(echo "$locale" | sed 's/UTF-8/utf8/')"; then
    grep -qx "$locale UTF-8" /etc/locale.gen 2>/dev/null || echo "$locale UTF-8" >> /etc/locale.gen
    generate=1
  fi
done
if [ -n "${generate:-}" ]; then
  locale-gen > /dev/null
  echo changed locales
fi
if ! grep -qsx "LANG=$default" /etc/default/locale; then
  update-locale --reset "LANG=$default"
  echo changed default locale
fi
if [ "$(readlink /etc/localtime)" != "/usr/share/zoneinfo/$zone" ] || [ "$(cat /etc/timezone 2>/dev/null)" != "$zone" ]; then
  [ -e "/usr/share/zoneinfo/$zone" ]
  ln -sfn "/usr/share/zoneinfo/$zone" /etc/localtime
  echo "$zone" > /etc/timezone
  echo changed time zone
fi
