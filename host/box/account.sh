# Runs as root on the machine, with Vagrant's public key as its argument: gives the account vagrant what Vagrant's
# conventions ask for, the password and the key that every Vagrant knows; Vagrant replaces the key at the first `up`.
# shellcheck shell=sh
echo 'vagrant:vagrant' | chpasswd
install -d -m 0700 -o vagrant -g vagrant /home/vagrant/.ssh
printf '%s\n' "$1" > /home/vagrant/.ssh/authorized_keys
chown vagrant:vagrant /home/vagrant/.ssh/authorized_keys
chmod 0600 /home/vagrant/.ssh/authorized_keys
