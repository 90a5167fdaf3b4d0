#!/bin/sh
# Run as the course user: adds each public key (one an argument) that authorized_keys lacks, and removes none.
set -eu
umask 077
cd
mkdir -p .ssh
# What is no plain file is the student's own doing, and is put aside.
if [ -e .ssh/authorized_keys ] && ! [ -f .ssh/authorized_keys ]; then mv .ssh/authorized_keys .ssh/authorized_keys.aside; fi
touch .ssh/authorized_keys
for key in "$@"; do
  if ! grep -qxF -- "$key" .ssh/authorized_keys; then
    # A file that a student left without a last newline must not swallow the key.
    if [ -n "$(tail -c 1 .ssh/authorized_keys)" ]; then echo >> .ssh/authorized_keys; fi
    printf '%s\n' "$key" >> .ssh/authorized_keys
    echo added
  fi
done
