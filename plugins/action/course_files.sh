# What course_files.py runs on the seat, with the archive on standard input; prints "changed PATH" for each file.
# shellcheck shell=sh disable=SC2154 # check is set in front
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077
# In memory, since /tmp is one of the things that may be broken.
scratch=$(mktemp -d -p /run)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
tar -x
# What an earlier run still places here, one that was killed on the controller, ends first.
mkdir -p /run/coursebox
exec 9>> /run/coursebox/lock
flock 9
echo 'make provision' > /run/coursebox/lock

# What stands where a file or folder belongs, and is none, is somebody's doing: it makes room, and is kept.
put_aside() {
  kept=$(umask 022; mkdir -p /var/lib/coursebox/aside; mktemp -d -p /var/lib/coursebox/aside "$(date +%Y%m%d-%H%M%S)-XXXX")
  mv -T "$1" "$kept/${1##*/}"
}

# The folders on the way to a file are root's, and where all may read the file all may enter them.
way() { # folder mode-of-the-file
  if [ -z "$1" ]; then return; fi
  way "${1%/*}" "$2"
  if ! [ -d "$1" ]; then
    echo "changed $1"
    if [ "$check" = yes ]; then return; fi
    if [ -e "$1" ] || [ -L "$1" ]; then put_aside "$1"; fi
    mkdir -m 0755 "$1"
  fi
  case $2-$(stat -L -c '%u-%a' "$1") in
    *[4-7]-0-*[57] | *0-0-*) return ;;
  esac
  echo "changed $1"
  if [ "$check" = yes ]; then return; fi
  chown 0 "$1"
  case $2 in *[4-7]) chmod a+rx "$1" ;; esac
}

while read -r number mode path validate; do
  way "${path%/*}" "$mode"
  if [ -f "$path" ] && [ "$(stat -c '0%a %u %g' "$path")" = "$mode 0 0" ] && cmp -s "$number" "$path"; then continue; fi
  if ! output=$(eval "$validate" 2>&1 < /dev/null); then
    echo "$path 的新内容通不过检查，没有换上：$output。请在座位上改好或移走上面点名的文件，再运行一次。" >&2
    exit 1
  fi
  echo "changed $path"
  if [ "$check" = yes ]; then continue; fi
  cat < "$number" > "$path.coursebox-new"
  chown 0:0 "$path.coursebox-new"
  chmod "$mode" "$path.coursebox-new"
  if [ -e "$path" ] && ! [ -f "$path" ] && ! [ -L "$path" ]; then put_aside "$path"; fi
  if ! mv -fT "$path.coursebox-new" "$path"; then
    echo "$path 换不掉：解开它（sudo umount $path，或 sudo chattr -i $path），再运行一次。" >&2
    exit 1
  fi
done < manifest
