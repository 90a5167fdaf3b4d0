#!/bin/sh
# Unpacks the archive that was brought and makes it the current release, which is the old one or the new one at any
# moment; arguments: the release's digest, how many releases stay.
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
cd /opt/coursebox/releases
whole() {
  (cd "$1" && sha256sum --status --check .sha256sums) 2> /dev/null
}

if ! whole "$1"; then
  rm -rf incoming-release
  mkdir incoming-release
  tar --extract --gzip --file incoming-release.tar.gz --directory incoming-release --no-same-owner --same-permissions
  whole incoming-release
  python3 -m compileall -q incoming-release/lab incoming-release/site
  # A damaged release of this name makes room only when the new one is complete.
  if [ -d "$1" ]; then mv -T "$1" "damaged-$$"; fi
  mv -T incoming-release "$1"
  echo changed
fi
if [ "$(readlink ../current)" != "releases/$1" ]; then
  ln -sfn "releases/$1" ../current-incoming
  mv -T ../current-incoming ../current
  echo changed
fi
touch "$1"

# The newest stay; what an interrupted run left does not.
rm -rf incoming-release.tar.gz incoming-release damaged-*
find . -mindepth 1 -maxdepth 1 -type d ! -name "$1" -printf '%T@ %f\n' | sort -rn | cut -d ' ' -f 2 |
  tail -n "+$2" | xargs -r rm -rf
