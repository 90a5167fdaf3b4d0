"""Packs a disk as the box of each provider."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from string import Template

from host import commands
from host.box import metadata
from host.errors import HostError
from host.i18n import translated as _
from host.steps import Reporter

# Vagrant wants to know the network card's address in an imported appliance, to give each machine another.
_MAC = "080027C0B0C5"
_VAGRANTFILES = {
    "libvirt": 'Vagrant.configure("2") { |config| }\n',
    "virtualbox": f'Vagrant.configure("2") {{ |config| config.vm.base_mac = "{_MAC}" }}\n',
}
# What libvirt has to know of a machine with an ARM processor, whose firmware is UEFI.
_VAGRANTFILE_ARM64 = """\
Vagrant.configure("2") do |config|
  config.vm.provider :libvirt do |machine|
    machine.machine_arch = "aarch64"
    machine.machine_type = "virt"
    machine.loader = "/usr/share/AAVMF/AAVMF_CODE.fd"
    machine.features = []
  end
end
"""


def pack(folder: Path, architecture: str, report: Reporter) -> dict[str, Path]:
    """Pack the disk `folder/disk`; return the files in `folder` by provider. Raises HostError."""
    if architecture == "arm64":
        report(_("打包给 libvirt"))
        return {"libvirt": _archive(folder, "libvirt", _VAGRANTFILE_ARM64, _libvirt(folder))}
    packed = {}
    for provider, form in {"libvirt": _libvirt, "virtualbox": _virtualbox}.items():
        report(_("打包给 {provider}", provider=provider))
        packed[provider] = _archive(folder, provider, _VAGRANTFILES[provider], form(folder))
    return packed


def _convert(folder: Path, target: Path, *options: str) -> None:
    command = ["qemu-img", "convert", *options, str(folder / "disk"), str(target)]
    done = commands.run(command)
    if done.returncode:
        raise HostError(
            _("磁盘转不成 {suffix}：{said}", suffix=target.suffix, said=done.stderr.strip())
        )


def _libvirt(folder: Path) -> dict[str, Path]:
    """Return the files of vagrant-libvirt's box format, version 1."""
    image = folder / "box.img"
    # Every QEMU since 5.1 reads zstd, which packs this in a fifth of zlib's time.
    _convert(folder, image, "-c", "-W", "-O", "qcow2", "-o", "compression_type=zstd")
    facts = {"provider": "libvirt", "format": "qcow2", "virtual_size": metadata.DISK_GIB}
    return {"metadata.json": _written(folder, facts), "box.img": image}


def _virtualbox(folder: Path) -> dict[str, Path]:
    """Return the files of a VirtualBox box: an appliance in the Open Virtualization Format 1.0 (DSP0243) and its disk."""
    image = folder / "box-disk1.vmdk"
    _convert(folder, image, "-O", "vmdk", "-o", "subformat=streamOptimized")
    described = folder / "box.ovf"
    described.write_text(
        Template((metadata.HERE / "box.ovf").read_text(encoding="utf-8")).substitute(
            capacity=metadata.DISK_GIB * 2**30, size=image.stat().st_size, mac=_MAC
        ),
        encoding="utf-8",
    )
    facts = {"provider": "virtualbox", "architecture": "amd64"}
    return {
        "metadata.json": _written(folder, facts),
        "box.ovf": described,
        "box-disk1.vmdk": image,
    }


def _written(folder: Path, facts: Mapping[str, object]) -> Path:
    path = folder / "metadata.json"
    path.write_text(json.dumps(facts) + "\n", encoding="utf-8")
    return path


def _archive(folder: Path, provider: str, settings: str, files: Mapping[str, Path]) -> Path:
    """Pack a box: a plain tar archive, since the disk in it is compressed already."""
    box = folder / f"{provider}.box"
    vagrantfile = folder / "Vagrantfile"
    vagrantfile.write_text(settings, encoding="utf-8")
    with tarfile.open(box, "w") as archive:
        for name, path in {**files, "Vagrantfile": vagrantfile}.items():
            archive.add(path, name, filter=_anonymous)
    return box


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mode = 0o644
    return member
