#!/bin/sh
# Run as the course user: adds each public key (one an argument) that authorized_keys lacks, and removes none.
set -eu
umask 077
mkdir -p ~/.ssh
touch ~/.ssh/authorized_keys
for key in "$@"; do
  if ! grep -qxF -- "$key" ~/.ssh/authorized_keys; then
    # A file that a student left without a last newline must not swallow the key.
    if [ -n "$(tail -c 1 ~/.ssh/authorized_keys)" ]; then echo >> ~/.ssh/authorized_keys; fi
    printf '%s\n' "$key" >> ~/.ssh/authorized_keys
    echo added
  fi
done
