#!/bin/sh
# Gives sshd what it cannot do without: its configuration, which reads drop-ins at its head, host keys, and a start at boot.
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /run/coursebox
exec 9>> /run/coursebox/lock
flock 9
echo 'make provision' > /run/coursebox/lock
cd /etc/ssh
mkdir -p /run/sshd
if ! [ -d sshd_config.d ]; then
  # What stands in the folder's place is kept.
  if [ -e sshd_config.d ] || [ -L sshd_config.d ]; then mv -T sshd_config.d "sshd_config.d.aside-$(date +%Y%m%d-%H%M%S)"; fi
  mkdir -m 0755 sshd_config.d
  echo changed
fi
if ! [ -f sshd_config ] || ! [ -s sshd_config ]; then
  if [ -e sshd_config ] || [ -L sshd_config ]; then mv -T sshd_config "sshd_config.aside-$(date +%Y%m%d-%H%M%S)"; fi
  # The package's own.
  cp /usr/share/openssh/sshd_config sshd_config
  echo changed
fi
if ! grep -qiE '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config\.d/\*\.conf' sshd_config; then
  cp -p sshd_config sshd_config.coursebox-new
  { echo 'Include /etc/ssh/sshd_config.d/*.conf'; cat sshd_config; } > sshd_config.coursebox-new
  mv -f sshd_config.coursebox-new sshd_config
  echo changed
fi
# A key that others may read is as good as none.
find . -maxdepth 1 -name 'ssh_host_*_key' -type f -perm /077 -exec chmod 600 {} + -print | sed 's/.*/changed/'
find . -maxdepth 1 -name 'ssh_host_*_key' -type f -size 0 -delete -print | sed 's/.*/changed/'
if ! ls ssh_host_*_key > /dev/null 2>&1; then
  ssh-keygen -A
  echo changed
fi
systemd=/etc/systemd/system
if [ -e /usr/lib/systemd/system/ssh.service ] || [ -e /lib/systemd/system/ssh.service ]; then
  for unit in ssh.service ssh.socket; do
    for place in "$systemd" /run/systemd/system; do
      if [ "$(readlink "$place/$unit")" = /dev/null ]; then
        rm "$place/$unit"
        systemctl daemon-reload
        echo changed
      fi
    done
  done
  if [ -z "$(find "$systemd" -path '*.wants/ssh.service' -o -path '*.wants/ssh.socket' -o -path '*.requires/ssh.socket')" ]; then
    if systemctl is-active --quiet ssh.socket; then systemctl enable --quiet ssh.socket; else systemctl enable --quiet ssh.service; fi
    echo changed
  fi
fi
