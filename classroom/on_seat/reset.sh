#!/bin/sh
# Runs on a seat as the student: resets one lab, or all that have a folder in ~/labs; argument: a lab's id or nothing.
set -eu
cd
if [ -L labs ] || { [ -e labs ] && [ ! -d labs ]; }; then
  echo '主目录里的 labs 不是文件夹，是学生放的链接或别的东西：没有重置，请先看看它是什么。'
  exit 1
fi
if [ -n "${1-}" ]; then
  ids=$1
elif [ ! -d labs ]; then
  ids=
else
  ids=$(cd labs && for id in [1-7]*; do
    if [ -d "$id" ] && [ -d "/opt/coursebox/current/labfiles/${id%%.*}/$id" ]; then echo "$id"; fi
  done)
fi
for id in $ids; do
  lab reset "$id"
  echo "reset $id"
done
