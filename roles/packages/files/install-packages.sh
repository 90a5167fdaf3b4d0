# The one package transaction: installs $packages and those of $commands that lost their file, and downloads $downloads; waits
# $patience seconds for another apt. With the words of roles/preflight/files/mend.sh; a machine that provisions itself uses it too.
# shellcheck shell=sh disable=SC2034,SC2154 # templates/state.sh.j2 and host/on_seat/bootstrap-ansible.sh set and call it
log=/var/log/coursebox-packages.log

# The file of a command, which its package may have lost. Where it is closed to students it is of no use.
look_for() { # command; sets place and pattern
  place=/usr/bin/$1 pattern='[0-7][0-7][57] 0 regular file'
  if ! [ -s "$place" ] && [ -s "/usr/sbin/$1" ]; then place=/usr/sbin/$1; fi
  if [ "$1" = sudo ]; then pattern='4[0-7][0-7][1357] 0 regular file'; fi
}
# Packages that dpkg wants anew are none that it has.
# shellcheck disable=SC2086 # names of packages, which hold no blanks
missing() { # sets missing
  missing=
  have=" $(dpkg-query --show --showformat '${db:Status-Abbrev}${Package} ' $packages 2> /dev/null)"
  for package in $packages; do
    case $have in *" ii $package "*) ;; *) missing="$missing $package" ;; esac
  done
}
lost_to_apt() {
  reason=$(grep -h -m 1 '^E:' "$log" || tail -n 1 "$log")
  holder=$(sed -n 's/.*It is held by process \([0-9]* ([^)]*)\).*/\1/p' "$log" | tail -n 1)
  failed "$reason${holder:+（锁在进程 $holder 手里，等了 $patience 秒）}"
}

# apt-get waits for dpkg's lock by itself. A machine that is thrown away when this fails need not wait for its disk.
get() {
  if [ "$container" = true ]; then set -- -o Dpkg::Options::=--force-unsafe-io "$@"; fi
  apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout="$patience" -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" < /dev/null
}

# The lists' lock and that of a bare dpkg have no waiting of their own.
until_unlocked() {
  until "$@" < /dev/null > output 2>&1; do
    cat output
    if ! grep -qi 'lock' output || [ "$(date +%s)" -gt "$deadline" ]; then return 1; fi
    sleep 1
  done
  cat output
}

# Commands whose file is gone, empty, closed to students or something else.
lost() {
  for command in $commands; do
    look_for "$command"
    matches "$place" "$pattern" || echo "$command"
  done
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
      if [ -d "$file" ]; then put_aside "$file"; fi
    done
  done
}

refresh() {
  until_unlocked apt-get -q update -o APT::Update::Error-Mode=any && touch /var/lib/apt/lists
}

reinstall() {
  if [ $# -gt 0 ]; then get install --reinstall "$@"; fi
}

# shellcheck disable=SC2046,SC2086 # names of packages, which hold no blanks
install() {
  # What dpkg wants anew.
  reinstall $(dpkg-query --show --showformat '${db:Status-Eflag} ${Package}\n' | sed -n 's/^reinstreq //p') || return
  get install --no-upgrade $packages || return
  make_room
  reinstall $(owners) || return
  if [ -n "$downloads" ]; then get install --download-only --reinstall $downloads; fi
}

packages_mend() {
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1
  deadline=$(($(date +%s) + patience))
  # Appended to, so that it can be emptied on the way.
  exec >> "$log" 2>&1
  if [ -n "$(dpkg --audit)" ]; then
    until_unlocked dpkg --force-confdef --force-confold --configure -a || echo "left to apt, below"
    if ! is_amiss packages; then return 0; fi
  fi
  # Lists of an hour ago are good enough; whether they were shows when apt installs by them.
  if [ -z "$(find /var/lib/apt/lists -maxdepth 0 -mmin -60)" ] || [ -z "$(find /var/lib/apt/lists -name '*_Packages*')" ] ||
    [ -n "$(find /etc/apt/sources.list /etc/apt/sources.list.d -type f -newer /var/lib/apt/lists)" ]; then
    refresh || lost_to_apt
  fi
  if ! install; then
    if grep -q '^E:.* lock' "$log"; then lost_to_apt; fi
    : > "$log"
    { refresh && install; } || lost_to_apt
  fi
  left=$(lost | tr '\n' ' ')
  if [ -n "$left" ]; then failed "这些命令的文件没有装回来：$left"; fi
}
