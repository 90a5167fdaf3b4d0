#!/bin/bash
# The bar that provisioning is measured against: the same work as a plain script, one step after the other.
# Runs on the seat as root, in a directory that holds what provisioning would bring: files.tar (every file that the
# roles place, by its path), release.tar.gz, release.name, wheels/ and packages.txt, downloads.txt.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
user=tarena

# Trust, packages
tar -xf "$here/files.tar" -C /
update-ca-certificates >/dev/null
apt-get -q update
xargs apt-get -q install -y --no-install-recommends < "$here/packages.txt"
xargs apt-get -q install -y --download-only --no-install-recommends < "$here/downloads.txt"

# Host name, locale, time zone
sed -i 's/^# *\(zh_CN.UTF-8\|en_US.UTF-8\)/\1/' /etc/locale.gen
locale-gen
update-locale LANG=zh_CN.UTF-8
ln -sf /usr/share/zoneinfo/Asia/Shanghai /etc/localtime

# The course user
useradd --create-home --shell /bin/bash "$user"
echo "$user:$user" | chpasswd
install -d -m 0700 -o "$user" -g "$user" "/home/$user/.ssh"
install -m 0600 -o "$user" -g "$user" /home/vagrant/.ssh/authorized_keys "/home/$user/.ssh/authorized_keys"

# Wheels, the release and the student's copies
install -d /opt/coursebox/wheels /opt/coursebox/releases
cp "$here"/wheels/*.whl /opt/coursebox/wheels/
install -d "/opt/coursebox/releases/$(cat "$here/release.name")"
tar -xzf "$here/release.tar.gz" -C "/opt/coursebox/releases/$(cat "$here/release.name")"
ln -sfn "releases/$(cat "$here/release.name")" /opt/coursebox/current
runuser -u "$user" -- env HOME="/home/$user" /usr/local/bin/lab sync --quiet

# Units and sshd
systemctl daemon-reload
sshd -t
systemctl reload ssh
