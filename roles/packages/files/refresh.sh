#!/bin/sh
# Ends what an interrupted run left behind, then refreshes the package lists; argument: seconds to wait for a lock.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
if command -v cloud-init >/dev/null; then
  cloud-init status --wait >/dev/null || echo "cloud-init ended with $?" >&2
fi
if [ -n "$(dpkg --audit)" ]; then
  dpkg --force-confdef --force-confold --configure -a
fi
deadline=$(($(date +%s) + $1))
until output=$(apt-get -q update -o APT::Update::Error-Mode=any 2>&1); do
  case $output in
    *"Could not get lock"*) [ "$(date +%s)" -lt "$deadline" ] && sleep 1 ;;
    *) printf '%s\n' "$output"; exit 100 ;;
  esac
done
