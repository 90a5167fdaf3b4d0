#!/bin/sh
# Sets host name, locale and time zone where they differ, says what it changed, and leaves system.done when all is done.
# Arguments: host name, time zone, default locale, other locales.
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
name=$1 zone=$2 default=$3
shift 2
# The name is known before it is the machine's, so that sudo never looks for it in vain.
if ! grep -qE "[[:space:]]$name([[:space:]]|\$)" /etc/hosts; then
  printf '127.0.1.1\t%s\n' "$name" >> /etc/hosts
  echo changed hosts
fi
if [ "$(hostname)" != "$name" ] || [ "$(cat /etc/hostname)" != "$name" ]; then
  # In place, since a container engine mounts these files.
  printf '%s\n' "$name" > /etc/hostname
  hostname "$name"
  if [ -d /etc/cloud/cloud.cfg.d ]; then
    echo 'preserve_hostname: true' > /etc/cloud/cloud.cfg.d/99-coursebox.cfg
  fi
  echo changed host name
fi

# Locales are generated beside the package transaction, as soon as dpkg has set up what that needs.
transaction=/run/coursebox/packages.lock
installing() {
  [ -e "$transaction" ] && ! flock --nonblock "$transaction" true
}
while [ "$(dpkg-query --show --showformat '${db:Status-Status}' locales 2> /dev/null)" != installed ] && installing; do
  sleep 0.2
done
for locale in "$@"; do
  if ! locale -a 2> /dev/null | grep -qix "$(echo "$locale" | sed 's/UTF-8/utf8/')"; then
    grep -qsx "$locale UTF-8" /etc/locale.gen || echo "$locale UTF-8" >> /etc/locale.gen
    generate=1
  fi
done
if [ -n "${generate:-}" ] && command -v locale-gen > /dev/null; then
  locale-gen > /dev/null
  echo changed locales
fi

# The rest belongs to packages that may not be there yet.
if [ -e "$transaction" ]; then flock "$transaction" true; fi
if ! grep -qsx "LANG=$default" /etc/default/locale; then
  update-locale --reset "LANG=$default"
  echo changed default locale
fi
if [ "$(readlink /etc/localtime)" != "/usr/share/zoneinfo/$zone" ]; then
  ln -sfn "/usr/share/zoneinfo/$zone" /etc/localtime.new
  mv -T /etc/localtime.new /etc/localtime
  echo changed time zone
fi
if [ -e /etc/timezone ] && [ "$(cat /etc/timezone)" != "$zone" ]; then
  echo "$zone" > /etc/timezone
  echo changed time zone
fi
: > system.done
