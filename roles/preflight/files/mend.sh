# What the roles' states are written with, where they are mended: runs in a folder with the files that were sent along, and
# says on file descriptor 3 what it changed, or why it cannot go on. program.sh.j2 has the same words for testing.
# shellcheck shell=sh disable=SC2034 # states read changes
set -eu
umask 022
amiss='' changes=''
due() {
  amiss="${amiss:+$amiss; }$*"
}
tell() { :; }
fact() { :; }
refuse() {
  echo "refuse $*" >&3
  exit 1
}
failed() {
  echo "failed $*" >&3
  exit 1
}
changed() {
  changes=yes
  echo "changed $*" >&3
}
# name: asks NAME_test, in which a command may fail.
is_amiss() {
  amiss=''
  "$1_test" || :
  [ -n "$amiss" ]
}
# name: NAME_test says what is due, and NAME_mend mends it; what stays amiss is an error.
state() {
  if ! is_amiss "$1"; then return 0; fi
  reasons=$amiss
  "$1_mend"
  changed "$reasons"
  if is_amiss "$1"; then failed "$amiss"; fi
}
# path pattern: the mode, owner and type of what stands there, also behind a link.
matches() {
  # shellcheck disable=SC2254 # a pattern
  case $(stat -L -c '%a %u %F' "$1" 2> /dev/null) in $2) ;; *) return 1 ;; esac
}
stands() {
  matches "$1" "$2" || due "$1 is not as it should be"
}
# Waits for a role that goes on in the background.
after() {
  if [ -e "/run/coursebox/$1/lock" ]; then flock "/run/coursebox/$1/lock" true; fi
}
# What stands where something of ours belongs, and is none of it, is somebody's doing: it makes room, and is kept.
put_aside() {
  mkdir -p /var/lib/coursebox/aside
  mv -T "$1" "$(mktemp -d -p /var/lib/coursebox/aside "$(date +%Y%m%d-%H%M%S)-XXXX")/${1##*/}"
}
# The folders on the way to a file are root's, and where all may read the file all may enter them.
open_way() { # folder mode-of-the-file
  if [ -z "$1" ]; then return 0; fi
  open_way "${1%/*}" "$2"
  if ! [ -d "$1" ]; then
    if [ -e "$1" ] || [ -L "$1" ]; then put_aside "$1"; fi
    mkdir "$1"
    changed "$1"
  fi
  case $2-$(stat -L -c '%u-%a' "$1") in
    *[4-7]-0-*[57] | *0-0-*) return 0 ;;
  esac
  chown 0 "$1"
  case $2 in *[4-7]) chmod a+rx "$1" ;; esac
  changed "$1"
}
# The file is compared first, validated before it is placed, and replaced by a rename, so that it is the old one or the new one.
place() { # number mode path validation
  path=$3
  open_way "${path%/*}" "$2"
  if [ -f "$path" ] && [ "$(stat -c '0%a %u %g' "$path")" = "$2 0 0" ] && cmp -s "$1" "$path"; then return 0; fi
  if ! output=$(eval "$4" 2>&1 < /dev/null); then
    refuse "$path 的新内容通不过检查，没有换上：$output。请在座位上改好或移走上面点名的文件，再运行一次。"
  fi
  (umask 077 && cat < "$1" > "$path.coursebox-new")
  chown 0:0 "$path.coursebox-new"
  chmod "$2" "$path.coursebox-new"
  if [ -e "$path" ] && ! [ -f "$path" ] && ! [ -L "$path" ]; then put_aside "$path"; fi
  if ! mv -fT "$path.coursebox-new" "$path"; then
    refuse "$path 换不掉：解开它（sudo umount $path，或 sudo chattr -i $path），再运行一次。"
  fi
  changed "$path"
}
