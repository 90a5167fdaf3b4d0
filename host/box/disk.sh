#!/bin/sh
# Runs on the host as root: builds a bootable disk from the distribution's packages.
# usage: disk.sh SUITE ARCHITECTURE MIRROR KEYRING PACKAGES SIZE-IN-GIB WHEELS DISK [OPTION]... (MIRROR and KEYRING may be
# empty; PACKAGES are the suite's own, with commas between them; WHEELS is the folder of what a machine needs to provision
# itself; each OPTION is mmdebstrap's)
#
# One disk for firmware of either kind: GPT with a BIOS boot partition that holds GRUB's core image (not on arm64), an
# EFI system partition with the same as a program, and the root file system. It is put together in a plain file: neither
# loop devices nor mounts are needed.
set -eu
suite=$1 arch=$2 mirror=$3 keyring=$4 packages=$5 size=$6 wheels=$7 disk=$8
shift 8
here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
work=$(mktemp -d -p "$(dirname "$disk")" disk-XXXXXX)
trap 'rm -rf "$work"' EXIT

echo '== packages'
include=$(tr '\n' ',' < "$here/packages.txt")$packages
case $arch in arm64) include=$include,grub-efi-arm64-bin ;; esac
# shellcheck disable=SC2016 # mmdebstrap's own shell expands it
set -- "$@" --mode=root --variant=minbase --architectures="$arch" --include="$include" \
  --customize-hook="copy-in '$here/rootfs-setup.sh' '$here/account.sh' '$here/vagrant.pub' /" \
  --customize-hook='chroot "$1" sh /rootfs-setup.sh && rm "$1/rootfs-setup.sh"'
if [ -n "$keyring" ]; then set -- "$@" --keyring="$keyring"; fi
set -- mmdebstrap "$@"
# What is mounted for it goes with its last process, also when that is killed.
if unshare --mount true 2> /dev/null; then set -- unshare --mount "$@"; fi
# A failing mmdebstrap hangs up its whole process group, so it gets one of its own.
setsid --wait "$@" "$suite" "$work/root" ${mirror:+"$mirror"} &
builder=$!
trap 'kill "$builder"; wait "$builder"; exit 1' HUP INT TERM
wait "$builder"
trap 'exit 1' HUP INT TERM
mkdir "$work/root/opt/coursebox-ansible"
cp -r "$wheels" "$work/root/opt/coursebox-ansible/wheels"
chown -R 0:0 "$work/root/opt/coursebox-ansible"

echo '== disk'
truncate --size "${size}G" "$work/disk"
sfdisk --quiet "$work/disk" <<'END'
label: gpt
first-lba: 2048
start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, name=bios
start=4096, size=65536, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=efi
start=69632, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root
END
sectors=$(sfdisk --dump "$work/disk" | sed -n 's/.*start= *69632, size= *\([0-9]*\),.*/\1/p')
# Features that the boot loaders of the oldest supported suite cannot read are left out.
mke2fs -q -t ext4 -L coursebox -O ^metadata_csum_seed,^orphan_file -E "offset=$((69632 * 512)),nodiscard" \
  -d "$work/root" "$work/disk" "$((sectors / 2))k"

echo '== boot loader'
# The root file system is on the disk already; what follows works in its folder, which goes away.
cat > "$work/root/early.cfg" <<'END'
search --no-floppy --label coursebox --set=root
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
END
modules='part_gpt ext2 search search_label configfile normal linux test echo'
if [ "$arch" = arm64 ]; then
  program=BOOTAA64.EFI
  # The host may have no GRUB for this architecture; the box has.
  # shellcheck disable=SC2086 # a list of words
  chroot "$work/root" grub-mkimage -O arm64-efi -o "/$program" -p /boot/grub -c /early.cfg $modules
else
  program=BOOTX64.EFI
  # shellcheck disable=SC2086
  grub-mkimage -O x86_64-efi -o "$work/root/$program" -p /boot/grub -c "$work/root/early.cfg" $modules
  # shellcheck disable=SC2086
  grub-mkimage -O i386-pc -o "$work/core.img" -p /boot/grub -c "$work/root/early.cfg" biosdisk $modules
  # What grub-bios-setup would do, on a file: the first sector is told where the core image begins (sector 2048), and the
  # core image where it goes on (2049); see boot.S and diskboot.S of GRUB, GRUB_BOOT_MACHINE_KERNEL_SECTOR and firstlist.
  cp /usr/lib/grub/i386-pc/boot.img "$work/boot.img"
  printf '\000\010\000\000\000\000\000\000' | dd of="$work/boot.img" bs=1 seek=92 conv=notrunc status=none
  printf '\001\010\000\000\000\000\000\000' | dd of="$work/core.img" bs=1 seek=500 conv=notrunc status=none
  dd if="$work/boot.img" of="$work/disk" bs=440 count=1 conv=notrunc status=none
  dd if="$work/core.img" of="$work/disk" bs=512 seek=2048 conv=notrunc status=none
fi
efi=$work/disk@@$((4096 * 512))
mformat -i "$efi" -T 65536 -h 64 -s 32 -v EFI ::
mmd -i "$efi" ::/EFI ::/EFI/BOOT
mcopy -i "$efi" "$work/root/$program" "::/EFI/BOOT/$program"

mv "$work/disk" "$disk"
# Under sudo the disk is the caller's, as the folder is that it stands in.
chown --reference "$(dirname "$disk")" "$disk"
