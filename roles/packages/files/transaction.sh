#!/bin/sh
# The one package transaction, a job in the background. Says on file descriptor 3 what became of it.
# Arguments: seconds to wait for another apt, unsafe-io or safe-io, packages to install, packages only to download,
# commands whose files must be whole.
set -u
export LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
patience=$1 io=$2 packages=$3 downloads=$4 commands=$5
log=/var/log/coursebox-packages.log

# Appended to, so that it can be emptied on the way.
exec >> "$log" 2>&1

failed() {
  reason=$(grep -h -m 1 '^E:' "$log" || tail -n 1 "$log")
  holder=$(sed -n 's/.*It is held by process \([0-9]* ([^)]*)\).*/\1/p' "$log" | tail -n 1)
  echo "failed $reason${holder:+（锁在进程 $holder 手里，等了 $patience 秒）}" >&3
  exit 1
}

late() {
  [ "$(date +%s)" -gt "$deadline" ]
}

# apt-get waits for dpkg's lock by itself. A machine that is thrown away when this fails need not wait for its disk.
get() {
  if [ "$io" = unsafe-io ]; then set -- -o Dpkg::Options::=--force-unsafe-io "$@"; fi
  apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout="$patience" -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" < /dev/null
}

# The lists' lock and that of a bare dpkg have no waiting of their own.
until_unlocked() {
  until "$@" < /dev/null > output 2>&1; do
    cat output
    if ! grep -qi 'lock' output || late; then return 1; fi
    sleep 1
  done
  cat output
}

missing() {
  # shellcheck disable=SC2086 # names of packages, which hold no blanks
  have=" $(dpkg-query --show --showformat '${db:Status-Abbrev}${Package} ' $packages 2> /dev/null | tr -s ' ')"
  for package in $packages; do
    case $have in *" ii $package "*) ;; *) echo "$package" ;; esac
  done
}

# Commands whose file is gone, empty, closed to students or something else.
lost() {
  for command in $commands; do
    wanted='[0-7][0-7][57]'
    if [ "$command" = sudo ]; then wanted='4[0-7][0-7][1357]'; fi
    for file in "/usr/bin/$command" "/usr/sbin/$command"; do
      # shellcheck disable=SC2254 # a pattern
      case $(stat -L -c '%a %u %F' "$file" 2> /dev/null) in $wanted' 0 regular file') continue 2 ;; esac
    done
    echo "$command"
  done
}

# Packages that dpkg wants anew.
broken() {
  dpkg-query --show --showformat '${db:Status-Eflag} ${Package}\n' | sed -n 's/^reinstreq //p'
}

# The packages of lost commands; a name that only leads to the file, by way of an alternative, is in none but its own.
owners() {
  for command in $(lost); do
    owner=$(dpkg-query --search "*bin/$command" 2> /dev/null | sed -nE "s,^([a-z0-9][^ :]*)(:[^ ]*)?: (/usr)?/s?bin/$command\$,\\1,p" | head -n 1)
    echo "${owner:-$command}"
  done | sort -u
}

# dpkg never puts a file where a folder stands.
make_room() {
  for command in $(lost); do
    for file in "/usr/bin/$command" "/usr/sbin/$command"; do
      if [ -d "$file" ]; then
        mkdir -p /var/lib/coursebox/aside
        mv -T "$file" "$(mktemp -d -p /var/lib/coursebox/aside "$(date +%Y%m%d-%H%M%S)-XXXX")/$command"
      fi
    done
  done
}

undownloaded() {
  for package in $downloads; do
    find /var/cache/apt/archives -name "${package}_*.deb" -type f -size +0 2> /dev/null | grep -q . || echo "$package"
  done
}

# apt gives the lists the dates of the archive, so the folder's own date says when they were asked for.
outdated() {
  find /etc/apt/sources.list /etc/apt/sources.list.d -type f -newer /var/lib/apt/lists 2> /dev/null
}

refresh() {
  until_unlocked apt-get -q update -o APT::Update::Error-Mode=any && touch /var/lib/apt/lists
}

# shellcheck disable=SC2086 # names of packages, which hold no blanks
install() {
  repair=$(broken)
  if [ -n "$repair" ]; then get install --reinstall $repair || return; fi
  get install --no-upgrade $packages || return
  make_room
  repair=$(owners)
  if [ -n "$repair" ]; then get install --reinstall $repair || return; fi
  if [ -n "$downloads" ]; then get install --download-only --reinstall $downloads; fi
}

# An archive over https may need authorities that are just being added.
if grep -rqs 'https://' /etc/apt/sources.list /etc/apt/sources.list.d && [ -e ../trust/lock ]; then flock ../trust/lock true; fi
deadline=$(($(date +%s) + patience))
if [ -n "$(dpkg --audit)" ]; then
  until_unlocked dpkg --force-confdef --force-confold --configure -a || echo "left to apt, below"
fi
if [ -z "$(missing)$(broken)$(lost)$(undownloaded)$(outdated)$(dpkg --audit)" ]; then exit 0; fi

# Lists of an hour ago are good enough; whether they were shows when apt installs by them.
asked=$(find /var/lib/apt/lists -maxdepth 0 -mmin -60; find /var/lib/apt/lists -name '*_Packages*' | head -n 1)
if [ "$(echo "$asked" | wc -l)" -lt 2 ] || [ -n "$(outdated)" ]; then refresh || failed; fi
if ! install; then
  if grep -q '^E:.* lock' "$log"; then failed; fi
  : > "$log"
  { refresh && install; } || failed
fi
left=$(lost | tr '\n' ' ')
if [ -n "$left" ]; then
  echo "failed 这些命令的文件没有装回来：$left" >&3
  exit 1
fi
echo changed >&3
