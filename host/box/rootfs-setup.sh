#!/bin/sh
# Turns a root file system with the packages of packages.txt into a virtual machine's; runs inside it as root.
set -eu

useradd --create-home --shell /bin/bash vagrant
sh /account.sh "$(cat /vagrant.pub)"
install -d -m 0750 /etc/sudoers.d
echo 'vagrant ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/vagrant
chmod 0440 /etc/sudoers.d/vagrant
printf 'UseDNS no\n' > /etc/ssh/sshd_config.d/60-vagrant.conf

echo coursebox > /etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 coursebox\n::1 localhost ip6-localhost ip6-loopback\n' > /etc/hosts
printf 'LABEL=coursebox / ext4 errors=remount-ro 0 1\n' > /etc/fstab

# Every wired card asks for an address; by hardware address, so that clones of one disk get different ones.
cat > /etc/systemd/network/80-coursebox.network <<'END'
[Match]
Name=eth* en*

[Network]
DHCP=yes

[DHCP]
ClientIdentifier=mac
END
systemctl enable systemd-networkd.service
if [ -f /usr/lib/systemd/system/systemd-resolved.service ]; then
  systemctl enable systemd-resolved.service
  ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
fi
systemctl mask systemd-networkd-wait-online.service apt-daily.timer apt-daily-upgrade.timer

# What is made at the first boot: host keys, and a root file system as large as the disk.
cat > /etc/systemd/system/coursebox-host-keys.service <<'END'
[Unit]
Description=Make this machine's own SSH host keys
Before=ssh.service ssh.socket
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
END
cat > /etc/systemd/system/coursebox-grow-root.service <<'END'
[Unit]
Description=Let the root file system fill the disk
ConditionPathExists=!/var/lib/coursebox-grown

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/coursebox-grow-root
ExecStartPost=/usr/bin/touch /var/lib/coursebox-grown

[Install]
WantedBy=multi-user.target
END
cat > /usr/local/sbin/coursebox-grow-root <<'END'
#!/bin/sh
# Makes the last partition, which holds the root file system, and then the file system itself as large as the disk allows.
set -eu
partition=$(findmnt --noheadings --output SOURCE /)
name=$(basename "$partition")
disk=/dev/$(basename "$(readlink -f "/sys/class/block/$name/..")")
code=0
growpart "$disk" "$(cat "/sys/class/block/$name/partition")" || code=$?
# growpart(1) ends with 1 where there is nothing to grow.
if [ "$code" -gt 1 ]; then exit "$code"; fi
resize2fs "$partition"
END
chmod 0755 /usr/local/sbin/coursebox-grow-root
systemctl enable coursebox-host-keys.service coursebox-grow-root.service

# The boot loader's menu names the kernel by the links that the distribution keeps on the newest one.
install -d /boot/grub
cat > /boot/grub/grub.cfg <<'END'
set timeout=0
if [ -e /vmlinuz ]; then set links=; else set links=/boot; fi
if [ "$grub_cpu" = arm64 ]; then set serial=ttyAMA0; else set serial=ttyS0,115200; fi
menuentry coursebox {
  linux $links/vmlinuz root=LABEL=coursebox ro net.ifnames=0 console=tty0 console=$serial
  initrd $links/initrd.img
}
END

# Each machine makes its own identity at its first boot.
rm -f /etc/ssh/ssh_host_* /vagrant.pub /account.sh
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id
