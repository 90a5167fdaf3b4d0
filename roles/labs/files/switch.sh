#!/bin/sh
# Unpacks the archive that was brought and makes it the current release, which is the old one or the new one at any
# moment; arguments: the release's digest, how many releases stay.
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
# A run that was killed on the controller may still be unpacking here: it ends first.
mkdir -p /run/coursebox
exec 9>> /run/coursebox/lock
flock 9
echo 'make provision' > /run/coursebox/lock
cd /opt/coursebox/releases
archive=incoming-$1.tar.gz
# Each file and folder with its mode and owner: a stranger among them could take a library's place.
listing() {
  find . -mindepth 1 ! -name '.seat-*' -printf '%m %U %G %y %p\n' | LC_ALL=C sort
}
whole() {
  (cd "$1" && sha256sum --status --check .sha256sums .seat-sums && listing | cmp -s - .seat-listing) 2> /dev/null
}

# What stands in a place of ours, and is none of it, is kept.
for place in ../current "$1"; do
  if { [ -e "$place" ] && ! [ -L "$place" ] && ! [ -d "$place" ]; } || { [ "$place" = ../current ] && [ -d "$place" ] && ! [ -L "$place" ]; }; then
    mkdir -p /var/lib/coursebox/aside
    mv -T "$place" "$(mktemp -d -p /var/lib/coursebox/aside "$(date +%Y%m%d-%H%M%S)-XXXX")/${place##*/}"
    echo changed
  fi
done
chown 0:0 ..
chown -R 0:0 .
if ! whole "$1"; then
  rm -rf incoming-release
  mkdir incoming-release
  tar --extract --gzip --file "$archive" --directory incoming-release --no-same-owner --same-permissions
  (
    cd incoming-release
    sha256sum --status --check .sha256sums
    python3 -m compileall -q lab site
    find lab site -name '*.pyc' -exec sha256sum {} + > .seat-sums
    listing > .seat-listing
  )
  whole incoming-release
  # A damaged release of this name makes room only when the new one is complete.
  if [ -e "$1" ] || [ -L "$1" ]; then mv -T "$1" "damaged-$$"; fi
  mv -T incoming-release "$1"
  echo changed
fi
if [ "$(readlink ../current)" != "releases/$1" ]; then
  rm -rf ../current-incoming
  ln -sfn "releases/$1" ../current-incoming
  mv -T ../current-incoming ../current
  echo changed
fi
touch "$1"

# The newest stay; what an interrupted run left does not. The archive of a run that waits for this one does.
rm -rf "$archive" incoming-release damaged-*
find . -mindepth 1 -maxdepth 1 -name 'incoming-*' -mmin +60 -exec rm -rf {} +
find . -mindepth 1 -maxdepth 1 -type d ! -name "$1" -printf '%T@ %f\n' | sort -rn | cut -d ' ' -f 2 |
  tail -n "+$2" | xargs -r rm -rf
