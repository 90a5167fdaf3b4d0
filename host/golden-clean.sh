#!/bin/sh
# Runs on a provisioned machine as root, before it becomes a golden image: takes away identity, keys, logs and traces.
# Package lists and caches stay: without them each seat would fetch them anew.
set -eu
export LC_ALL=C
# From here on the journal is kept in memory: what is cleaned stays clean.
journalctl --relinquish-var
for home in /home/* /root; do
  rm -rf "$home/.ssh" "$home/.ansible" "$home/.cache"
  rm -f "$home/.bash_history" "$home/.python_history" "$home/.viminfo" "$home/.lesshst"
  state=$home/.local/state/coursebox
  rm -f "$state/progress.json" "$state/seed.json" "$state/prepared.json"
done
# Whoever has a password that provisioning gave gets another one; the provisioning account never has one.
getent passwd | while IFS=: read -r account _ id _; do
  if [ "$id" -ge 1000 ] && [ "$id" -lt 60000 ]; then usermod --password '!' "$account"; fi
done
rm -f /etc/coursebox/owner /etc/coursebox/class /etc/coursebox/seat.pub /etc/ssh/ssh_host_* /var/lib/systemd/random-seed
rm -rf /tmp/* /tmp/.[!.]* /var/tmp/* /var/log/journal/* /var/lib/coursebox/removed
find /var/log -type f -exec truncate --size 0 {} +
: > /etc/machine-id
# A container has none of the disks, consoles and kernel arguments that these look for at each start.
if systemd-detect-virt --quiet --container; then
  mkdir -p /etc/systemd/system-generators
  for generator in cryptsetup debug fstab getty gpt-auto hibernate-resume integritysetup run system-update veritysetup; do
    ln -sf /dev/null "/etc/systemd/system-generators/systemd-$generator-generator"
  done
fi
sync
