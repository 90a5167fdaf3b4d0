#!/bin/sh
# Turns a root file system with the packages of packages.txt into a container seat; runs inside it as root.
set -eu
useradd --create-home --shell /bin/bash vagrant
install -d -m 0750 /etc/sudoers.d
echo 'vagrant ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/vagrant
chmod 0440 /etc/sudoers.d/vagrant
chmod 0755 /usr/local/sbin/seat-init
# Where the host puts the key that may log in.
install -d /etc/coursebox
# Each seat makes its own identity at its first start.
rm -f /etc/ssh/ssh_host_*
: > /etc/machine-id
# Units that need hardware or a kernel of their own; the apt timers would race with provisioning.
for unit in systemd-networkd-wait-online.service systemd-resolved.service apt-daily.timer apt-daily-upgrade.timer \
  getty@tty1.service console-getty.service systemd-firstboot.service; do
  ln -sf /dev/null "/etc/systemd/system/$unit"
done
