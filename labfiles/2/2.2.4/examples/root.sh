#!/usr/bin/env bash
# sudo：同一个命令，普通用户不能做的，root（管理员）能做。
set -u
if [ "$(id -u)" -ne 0 ]; then
  echo '这个例子要借 root 的身份：lab run 2.2.4 root，或者在 bash 前面加 sudo。'
  exit 1
fi
exec 2>&1
student=${SUDO_USER:-nobody}
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"
cd "$place" || exit 1
echo '只有 root 读得到我' > secret.txt
chmod 600 secret.txt

# sudo -u 把命令交给另一个用户去做：这里让你自己再做一遍。
as_student() {
  echo "$student\$ $*"
  sudo -u "$student" "$@"
}
as_root() {
  echo "root# $*"
  "$@"
}

echo '【你自己】'
as_student whoami
as_student id -u
as_student cat secret.txt || echo '（做不到：这个文件的权限是 600，主人是 root）'

echo
echo '【加上 sudo，你就是 root，编号是 0】'
as_root whoami
as_root id -u
as_root ls -l secret.txt
as_root cat secret.txt

echo
echo '【权限拦不住 root，所以用 sudo 以前多想一秒】'
as_root chmod 000 secret.txt
as_root stat -c '%a %A' secret.txt
as_root cat secret.txt

echo
echo '看完了：sudo 只管这一条命令，命令做完，你又是你自己。'
