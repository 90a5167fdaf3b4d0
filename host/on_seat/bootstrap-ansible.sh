#!/bin/sh
# Makes a machine ready to provision itself: unpacks what the host sent, and keeps a virtual environment with the pinned
# Ansible. Runs there as root before each provisioning. Environment: PYTHON_INDEX, PACKAGES_MIRROR, PACKAGES_PORTS_MIRROR,
# PACKAGES_SECURITY_MIRROR and PACKAGES_PROXY, each as the setting of that name, or empty.
set -eu
export LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
home=/opt/coursebox-ansible
venv=$home/venv wheels=$home/wheels
account=${SUDO_USER:-root}
sent=$(getent passwd "$account" | cut -d: -f6)/coursebox.tar
bundle=/etc/ssl/certs/ca-certificates.crt
log=/var/log/coursebox-ansible.log

refuse() {
  echo "coursebox：$*" >&2
  exit 1
}

# A provisioning whose Vagrant was killed may go on by itself; it is let finish.
install -d "$home"
exec 9> "$home/lock"
if ! flock --nonblock 9; then
  echo 'coursebox：上一次配置还没有结束，等它做完……'
  flock --wait 900 9 || refuse '上一次配置 15 分钟还没有结束：请重启机器（vagrant reload），再运行一次 vagrant provision。'
fi

# What the host no longer has goes, so the folder is replaced whole; what was built from it stays.
[ -f "$sent" ] || refuse "主机没有把文件送到 $sent：请运行 vagrant provision，不要只选其中一步。"
rm -rf "$home/new"
mkdir "$home/new"
tar --extract --no-same-owner --file "$sent" --directory "$home/new" || refuse '送来的文件不完整（磁盘满了？）：请腾出空间，再运行一次 vagrant provision。'
ln -s ../build "$home/new/build"
# What a provisioning built that did not come to its end may be half on the disk.
[ -e "$home/build/whole" ] || rm -rf "$home/build"
install -d -o "$account" "$home/build"
rm -rf "$home/checkout"
mv "$home/new" "$home/checkout"
rm "$sent"
cd "$home/checkout"

# A network that signs anew what comes from outside: its authorities are needed before anything is fetched.
stale=no
for file in ca-certificates/*.crt; do
  target=/usr/local/share/$file
  if ! [ -f "$file" ]; then continue; fi
  if ! cmp -s "$file" "$target"; then install -D -m 0644 "$file" "$target"; fi
  if [ "$bundle" -ot "$target" ]; then stale=yes; fi
done
if [ "$stale" = yes ] && command -v update-ca-certificates > /dev/null; then update-ca-certificates > "$log" 2>&1; fi

# By the packages role's own scripts, which know about mirrors, the locks of a first boot, and a dpkg that was killed; where
# its own job runs, so that the two never meet.
install_packages() {
  echo "coursebox：用 apt 安装 $*"
  sh roles/packages/files/sources.sh "${PACKAGES_MIRROR:-}" "${PACKAGES_PORTS_MIRROR:-}" "${PACKAGES_SECURITY_MIRROR:-}" > /dev/null
  job=/run/coursebox/packages
  install -d "$job"
  if [ -n "${PACKAGES_PROXY:-}" ]; then
    echo "Acquire::http::Proxy \"$PACKAGES_PROXY\";" > "$job/apt.conf"
    export APT_CONFIG="$job/apt.conf"
  fi
  container=false
  if systemd-detect-virt --quiet --container; then container=true; fi
  {
    echo "packages='$*' downloads='' commands='' patience=300 container=$container"
    cat roles/preflight/files/mend.sh roles/packages/files/install-packages.sh
    # shellcheck disable=SC2016 # the program expands it
    echo 'packages_test() { missing; [ -z "$missing" ] || due "missing:$missing"; }; state packages'
  } > "$job/program"
  (cd "$job" && flock --close lock sh program 3> result > /var/log/coursebox-packages.log 2>&1 9>&-) || refuse "apt 装不上 $*：$(sed -n 's/^failed //p' "$job/result")
请检查机器的网络和软件源（设置项 packages_mirror、packages_proxy），再运行一次 vagrant provision。"
}

# Wheels of a box serve the Python and the requirements that they were gathered for; host/wheels.py writes the same line.
purpose() {
  echo "$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])') $(cat requirements/ansible.txt requirements/lab.txt requirements/seat.txt | sha256sum | cut -d ' ' -f 1)"
}

configure_pip() {
  if [ "$(cat "$wheels/made-for" 2> /dev/null)" = "$wanted" ]; then
    printf '[global]\nno-index = true\nfind-links = %s\n' "$wheels"
  else
    # Without a setting it is pip's own, by name: /etc/pip.conf may still hold the setting of an earlier provisioning.
    official='from pip._internal.models.index import PyPI; print(PyPI.simple_url)'
    printf '[global]\nindex-url = %s\n' "${PYTHON_INDEX:-$("$venv/bin/python" -c "$official")}"
    if [ -f "$bundle" ]; then echo "cert = $bundle"; fi
  fi > "$venv/pip.conf"
}

explain() {
  if grep -q CERTIFICATE_VERIFY_FAILED "$log"; then
    echo '机器上的 pip 不信任代理的证书：请把代理的 CA 证书放进主机的 /usr/local/share/ca-certificates，或换用自带 wheel 的 box（make box）。'
  elif grep -qE 'NewConnectionError|Max retries|ConnectTimeout|Name or service' "$log"; then
    echo '机器连不上 Python 软件源：请检查网络，或用设置项 python_index 换一个镜像，或换用自带 wheel 的 box（make box）。'
  else
    echo "pip 装不上要求的版本，完整记录在机器的 $log：$(tail -n 3 "$log")"
  fi
}

if [ -x /usr/bin/python3 ]; then wanted=$(purpose); else wanted=''; fi
if [ -z "$wanted" ] || [ "$(cat "$venv/made-for" 2> /dev/null)" != "$wanted" ]; then
  /usr/bin/python3 -c 'import ensurepip, venv' 2> /dev/null || install_packages ca-certificates python3 python3-venv
  wanted=$(purpose)
  echo 'coursebox：在机器上安装 Ansible'
  rm -rf "$venv"
  /usr/bin/python3 -m venv "$venv" > "$log" 2>&1 || refuse "建不成虚拟环境 $venv：$(tail -n 3 "$log")"
  configure_pip
  "$venv/bin/pip" --quiet --disable-pip-version-check install --requirement requirements/ansible.txt > "$log" 2>&1 ||
    refuse "$(explain)"
  # Whole only once it is on the disk: the power may go.
  sync --file-system "$venv"
  echo "$wanted" > "$venv/made-for"
else
  configure_pip
fi
