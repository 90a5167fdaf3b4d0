#!/bin/sh
# Turns the instances of coursebox-server@ on that are named (each an argument), and every other one off.
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /run/coursebox
exec 9>> /run/coursebox/lock
flock 9
echo 'make provision' > /run/coursebox/lock
systemctl daemon-reload
for link in /etc/systemd/system/multi-user.target.wants/coursebox-server@*.service; do
  unit=${link##*/}
  instance=${unit#coursebox-server@}
  case " $* " in *" ${instance%.service} "*) continue ;; esac
  if [ -L "$link" ]; then
    systemctl disable --quiet --now "$unit"
    echo "changed $unit"
  fi
done
for instance in "$@"; do
  unit=coursebox-server@$instance.service
  if ! systemctl is-enabled --quiet "$unit" || ! systemctl is-active --quiet "$unit"; then
    systemctl enable --quiet --now "$unit"
    echo "changed $unit"
  fi
done
