#!/bin/sh
# Makes a root file system the bare server of a person who has sudo; runs inside it as root.
set -eu
update-ca-certificates
localedef -i zh_CN -f UTF-8 zh_CN.UTF-8
useradd --create-home --shell /bin/bash teacher
echo 'teacher ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/teacher
chmod 0440 /etc/sudoers.d/teacher
: > /etc/machine-id
# Units that need hardware, and the timers that would hold apt's lock at a time of their own.
for unit in systemd-networkd-wait-online.service systemd-resolved.service apt-daily.timer apt-daily-upgrade.timer \
  getty@tty1.service console-getty.service systemd-firstboot.service; do
  ln -sf /dev/null "/etc/systemd/system/$unit"
done
