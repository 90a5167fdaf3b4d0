#!/bin/sh
# Turns a bare Debian 13 seat into a stand-in for what only Ubuntu has; its next start is a first boot.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y --no-install-recommends install cloud-init needrestart rust-coreutils sudo-rs

# 22.10 and later: systemd holds port 22, and starts sshd when somebody comes.
systemctl -q disable ssh.service
systemctl -q enable ssh.socket

# 24.04 and later: deb822 sources, and a stub where they stood.
archive=$(awk '$1 == "deb" && $3 == "trixie" { print $2 }' /etc/apt/sources.list)
security=$(awk '$1 == "deb" && $3 == "trixie-security" { print $2 }' /etc/apt/sources.list)
cat > /etc/apt/sources.list.d/debian.sources << END
# See sources.list(5).

## The distribution's own archive
Types: deb
URIs: $archive/
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

## Security updates
Types: deb
URIs: $security/
Suites: trixie-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
echo '# The sources have moved to /etc/apt/sources.list.d/debian.sources' > /etc/apt/sources.list

# Cloud images: passwords are off, and cloud-init turns them on for everybody (50-cloud-init.conf).
echo 'PasswordAuthentication no' > /etc/ssh/sshd_config.d/60-cloudimg-settings.conf

# 24.04 and later: needrestart restarts by itself what uses replaced files.
echo "\$nrconf{restart} = 'a';" > /etc/needrestart/conf.d/50-autorestart.conf

# 26.04: sudo and visudo are sudo-rs, sudo.ws is what they were; the core utilities are uutils.
for program in bin/sudo sbin/visudo; do
  dpkg-divert --quiet --local --rename --divert "/usr/$program.ws" --add "/usr/$program"
  ln -s "/usr/lib/cargo/bin/${program##*/}" "/usr/$program"
done
for program in /usr/lib/cargo/bin/coreutils/*; do
  ln -sf "$program" "/usr/bin/${program##*/}"
done

# The first boot: cloud-init works until it may end, and an upgrade holds the lock of dpkg until it is stopped.
seed=/var/lib/cloud/seed/nocloud
mkdir -p "$seed"
echo 'instance-id: first-boot' > "$seed/meta-data"
cat > "$seed/user-data" << 'END'
#cloud-config
ssh_pwauth: true
preserve_hostname: false
runcmd:
  - systemctl start --no-block first-upgrade.service
  - until [ -e /run/first-boot-may-end ]; do sleep 0.2; done
END
cat > /etc/systemd/system/first-upgrade.service << 'END'
[Service]
ExecStart=/usr/bin/python3 -c 'import fcntl, signal; \
  lock = open("/var/lib/dpkg/lock-frontend", "w"); \
  fcntl.lockf(lock, fcntl.LOCK_EX); \
  signal.pause()'
END
