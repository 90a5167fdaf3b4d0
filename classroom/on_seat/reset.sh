#!/bin/sh
# Runs on a seat as the student: resets one lab, or all that have a folder in ~/labs; argument: a lab's id or nothing.
set -eu
cd
if [ -n "${1-}" ]; then
  ids=$1
else
  ids=$(cd labs 2> /dev/null && for id in [1-7]*; do
    if [ -d "$id" ] && [ -d "/opt/coursebox/current/labfiles/${id%%.*}/$id" ]; then echo "$id"; fi
  done)
fi
for id in $ids; do
  lab reset "$id"
  echo "reset $id"
done
