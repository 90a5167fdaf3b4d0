#!/bin/sh
# Sets host name, scheduler, locale and time zone where they differ, and says on file descriptor 3 what it changed.
# Arguments: host name, time zone, default locale, other locales.
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
name=$1 zone=$2 default=$3
shift 2
# What every program relies on, and one wrong chmod, mv or rm takes away; what stood in its place is kept.
place() { # path mode type
  if [ "$(stat -L -c '%a %u %F' "$1" 2> /dev/null)" = "$2 0 $3" ]; then return; fi
  if [ "$(stat -L -c %F "$1" 2> /dev/null)" != "$3" ]; then
    if [ -e "$1" ] || [ -L "$1" ]; then
      mkdir -p /var/lib/coursebox/aside
      mv -T "$1" "$(mktemp -d -p /var/lib/coursebox/aside "$(date +%Y%m%d-%H%M%S)-XXXX")/${1##*/}"
    fi
    case $3 in
      directory) mkdir "$1" ;;
      *)
        # Made beside it: whatever throws something away meanwhile makes a file of that name again.
        rm -f "$1.new"
        mknod -m "$2" "$1.new" c 1 3
        mv -fT "$1.new" "$1"
        ;;
    esac
  fi
  chown 0:0 "$1"
  chmod "$2" "$1"
  echo changed "$1" >&3
}
place /dev/null 666 'character special file'
place /tmp 1777 directory
place /var/tmp 1777 directory
place /dev/shm 1777 directory
# All read these; an account and its groups are known by them.
open() { # file
  if [ -f "$1" ] && [ "$(stat -L -c '%a %u' "$1")" != '644 0' ]; then
    chown 0:0 "$1"
    chmod 644 "$1"
    echo changed "$1" >&3
  fi
}
for path in /etc/passwd /etc/group /etc/hosts /etc/hostname /etc/default/locale; do open "$path"; done

# The name is known before it is the machine's, so that sudo never looks for it in vain.
if ! grep -qE "[[:space:]]$name([[:space:]]|\$)" /etc/hosts; then
  printf '127.0.1.1\t%s\n' "$name" >> /etc/hosts
  echo changed hosts >&3
fi
if [ "$(hostname)" != "$name" ] || [ "$(cat /etc/hostname)" != "$name" ]; then
  # In place, since a container engine mounts these files.
  printf '%s\n' "$name" > /etc/hostname
  hostname "$name"
  if [ -d /etc/cloud/cloud.cfg.d ]; then
    echo 'preserve_hostname: true' > /etc/cloud/cloud.cfg.d/99-coursebox.cfg
  fi
  echo changed host name >&3
fi

# A runaway program gets no more of the processor than the terminal in which the student stops it. Ubuntu's kernels are set
# so, Debian's not; a container's is the host's.
fair=/proc/sys/kernel/sched_autogroup_enabled
kept=/etc/sysctl.d/60-coursebox.conf
if [ -e "$fair" ] && ! systemd-detect-virt --quiet --container; then
  if [ "$(cat "$fair")" != 1 ] || ! grep -qsx 'kernel.sched_autogroup_enabled = 1' "$kept"; then
    echo 'kernel.sched_autogroup_enabled = 1' > "$kept"
    echo 1 > "$fair"
    echo changed scheduler >&3
  fi
fi

present() {
  locale -a 2> /dev/null | grep -qix "$(echo "$1" | sed 's/UTF-8/utf8/')"
}

make() { # locale; complete or not there at all
  place=/usr/lib/locale/${1%.*}.$(echo "${1#*.}" | tr -d - | tr '[:upper:]' '[:lower:]')
  rm -rf "$place.new"
  localedef --no-archive -i "${1%.*}" -f "${1#*.}" "$place.new" || echo "localedef gave $? for $1"
  if [ -d "$place.new" ]; then mv -T "$place.new" "$place"; fi
}

# Beside the package transaction, as soon as dpkg has unpacked what locales are made from.
transaction=../packages/lock
installing() {
  [ -e "$transaction" ] && ! flock --nonblock "$transaction" true
}
until [ -f /usr/share/i18n/SUPPORTED ] &&
  dpkg-query --show --showformat '${db:Status-Status}' locales 2> /dev/null | grep -qE '^(unpacked|half-configured|installed)$'; do
  installing || break
  sleep 0.2
done
for locale in "$@"; do
  if ! present "$locale"; then
    echo changed locale "$locale" >&3
    make "$locale" &
  fi
done
wait

# The rest belongs to packages that may not be set up yet.
if [ -e "$transaction" ]; then flock "$transaction" true; fi
for locale in "$@"; do
  # What an upgrade of the C library generates anew.
  grep -qsx "$locale UTF-8" /etc/locale.gen || echo "$locale UTF-8" >> /etc/locale.gen
  present "$locale" || locale-gen
done
if ! grep -qsx "LANG=$default" /etc/default/locale; then
  update-locale --reset "LANG=$default"
  echo changed default locale >&3
fi
if [ "$(readlink /etc/localtime)" != "/usr/share/zoneinfo/$zone" ]; then
  ln -sfn "/usr/share/zoneinfo/$zone" /etc/localtime.new
  mv -T /etc/localtime.new /etc/localtime
  echo changed time zone >&3
fi
if [ -e /etc/timezone ] && [ "$(cat /etc/timezone)" != "$zone" ]; then
  echo "$zone" > /etc/timezone
  echo changed time zone >&3
fi
