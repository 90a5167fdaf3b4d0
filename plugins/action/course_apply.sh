# What course_apply.py runs on the seat: $role, and in $doing whether to run its program, which comes as an archive, or to
# begin it, or to wait for it; prints its result.
# shellcheck shell=sh disable=SC2154 # they are set in front
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p "/run/coursebox/$role"
cd "/run/coursebox/$role"
# What a run that was killed on the controller left at work here ends first: this role's, and whatever holds the seat's lock.
exec 9> lock
flock 9
if [ "$doing" = run ]; then
  exec 8>> ../lock
  flock 8
  echo 'make provision' > ../lock
fi
if [ "$doing" != wait ]; then
  rm -rf whole result work
  # In memory, since /tmp is one of the things that may be broken; for root alone, since a password may be in it.
  mkdir -m 700 work
  tar -x --no-same-owner -C work
  # Whatever is started there must not hold the locks for longer than this lasts.
  # shellcheck disable=SC2016 # the inner shell expands
  setsid sh -c '(cd work && exec sh program 3> ../result 8>&- 9>&-) && : > whole; rm -rf work' job \
    > "/var/log/coursebox-$role.log" 2>&1 < /dev/null &
fi
case $doing in begin) exit 0 ;; run) wait $! ;; esac
cat result
if [ -e whole ]; then exit 0; fi
grep -qE '^(failed|refuse) ' result || echo "failed $(tail -n 3 "/var/log/coursebox-$role.log")"
exit 1
