"""The base box: built from packages, then booted as a real virtual machine with firmware of either kind."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

import pytest

from tests.support.box import SUITE, Box

OVMF = pathlib.Path("/usr/share/OVMF")


def test_box_is_under_a_gibibyte(box: Box) -> None:
    """For each provider; and nothing of the building is left."""
    for provider in ("libvirt", "virtualbox"):
        assert box.packed(provider).stat().st_size < 2**30
    left = sorted(path.name for path in box.catalogue.parent.iterdir())
    assert left == sorted(
        [SUITE + ".json", *(box.packed(p).name for p in ("libvirt", "virtualbox"))]
    )


def test_machine_starts_from_bios_and_fills_a_larger_disk(box: Box) -> None:
    """What a machine has to be, and what it makes of its own at the first boot."""
    disk = box.folder / "larger.qcow2"
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2",
         "-b", box.folder / "libvirt/box.img", disk, "40G"], check=True,
    )  # fmt: skip
    drive = f"file={disk},if=virtio,format=qcow2"
    with box.booted("-drive", drive, "-nic", "user,model=virtio-net-pci,PORT") as machine:
        assert machine.out("systemctl is-system-running --wait") == "running"
        assert machine.out("test -e /sys/firmware/efi || echo bios") == "bios"
        assert int(machine.out("df --output=size -BG / | tail -n 1").strip("G ")) > 35
        assert machine.out("id -u") == "0"
        assert len(machine.out("cat /etc/machine-id")) == 32
        assert "ttyS0" in machine.out("systemctl list-units --plain 'serial-getty@*'")
        assert machine.out("passwd --status root | cut -d' ' -f2") == "L"


def test_machine_starts_from_uefi(box: Box) -> None:
    """The same disk, under OVMF."""
    variables = box.folder / "vars.fd"
    shutil.copy(OVMF / "OVMF_VARS_4M.fd", variables)
    firmware = f"if=pflash,format=raw,readonly=on,file={OVMF / 'OVMF_CODE_4M.fd'}"
    with box.booted(
        "-drive", firmware, "-drive", f"if=pflash,format=raw,file={variables}",
        "-drive", f"file={box.folder / 'libvirt/box.img'},if=virtio,snapshot=on,format=qcow2",
        "-nic", "user,model=virtio-net-pci,PORT",
    ) as machine:  # fmt: skip
        assert machine.out("test -d /sys/firmware/efi && echo uefi") == "uefi"


def test_machine_starts_from_what_the_appliance_declares(box: Box) -> None:
    """VirtualBox's packing: its disk on an AHCI controller, the network card with the address that it names, and no
    serial port, though the kernel's console is to be there as well.
    """
    described = (box.folder / "virtualbox/box.ovf").read_text("utf-8")
    disk = box.folder / "virtualbox/box-disk1.vmdk"
    assert f'ovf:size="{disk.stat().st_size}"' in described
    assert "<rasd:ResourceSubType>AHCI<" in described
    assert "<rasd:ResourceSubType>E1000<" in described
    mac = described.split("<rasd:Address>")[2].split("<")[0]
    address = ":".join(mac[at : at + 2] for at in range(0, 12, 2))
    with box.booted(
        "-drive", f"id=disk,file={disk},if=none,snapshot=on,format=vmdk",
        "-device", "ich9-ahci,id=ahci1", "-device", "ide-hd,drive=disk,bus=ahci1.0",
        "-nic", f"user,model=e1000,mac={address},PORT", "-serial", "none",
    ) as machine:  # fmt: skip
        assert machine.out("cat /sys/class/net/eth0/address") == address.lower()
        assert machine.out("findmnt -no SOURCE /") == "/dev/sda3"


def test_vagrant_takes_the_catalogue_and_refuses_a_damaged_box(box: Box) -> None:
    """By its checksum, before anything of it is used."""
    home = {**box.checkout.environ, "VAGRANT_HOME": str(box.folder / "added")}

    def add() -> subprocess.CompletedProcess[str]:
        command = ["vagrant", "box", "add", "--force", "--provider=libvirt", str(box.catalogue)]
        return subprocess.run(
            command, cwd=box.folder, env=home, capture_output=True, text=True, check=False
        )

    added = add()
    assert added.returncode == 0, added.stdout + added.stderr
    listed = subprocess.run(
        ["vagrant", "box", "list"], cwd=box.folder, env=home, capture_output=True, text=True
    )
    assert f"coursebox/{SUITE} (libvirt" in listed.stdout.replace("  ", " ").replace("  ", " ")
    packed = box.packed("libvirt")
    whole = packed.stat().st_size
    with packed.open("r+b") as file:
        file.seek(whole // 2)
        byte = file.read(1)
        file.seek(whole // 2)
        file.write(bytes([byte[0] ^ 1]))
    try:
        refused = add()
        assert refused.returncode != 0
        assert "checksum" in refused.stderr.lower()
    finally:
        with packed.open("r+b") as file:
            file.seek(whole // 2)
            file.write(byte)


def test_box_is_not_built_twice(box: Box) -> None:
    """The same settings and the same sources make the same box."""
    before = box.catalogue.stat().st_mtime_ns
    again = box.checkout.run("make", "box")
    assert again.returncode == 0
    assert "已经是最新" in again.stderr
    assert box.catalogue.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"suite": "nonsense"}, "设置项 suite"),
        ({"keyring": "/nowhere/keys.gpg"}, "没有签名密钥 /nowhere/keys.gpg"),
        ({"suite": "trixie", "mirror": "http://127.0.0.1:9/debian"}, "设置项 mirror"),
        ({"suite": "trixie", "keyring": os.devnull}, "没有签名密钥 /dev/null"),
    ],
)
def test_what_cannot_be_built_is_told(box: Box, chosen: dict[str, str], said: str) -> None:
    """In one message, with no half-built box left and the whole one still there."""
    before = sorted(box.catalogue.parent.iterdir())
    refused = box.checkout.run("make", "box", **chosen)
    assert refused.returncode != 0
    assert said in refused.stderr, refused.stderr
    assert sorted(box.catalogue.parent.iterdir()) == before
