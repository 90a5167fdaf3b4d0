#!/bin/sh
# Makes an unpacked release the current one; arguments: its digest, how many releases stay.
set -eu
cd /opt/coursebox/releases
if [ -d "incoming-$1" ]; then
  (cd "incoming-$1" && sha256sum --quiet --check .sha256sums)
  python3 -m compileall -q "incoming-$1/lab" "incoming-$1/site"
  rm -rf "$1"
  mv -T "incoming-$1" "$1"
fi
ln -sfn "releases/$1" ../current-incoming
mv -T ../current-incoming ../current
# The newest stay, as a rest of an interrupted run does not.
rm -rf incoming-*
ls -1t | grep -vx "$1" | tail -n "+$2" | xargs -r rm -rf
