"""Boxes of virtual machines, packed for each provider: the base box, a bootable disk from the distribution's own packages,
and the golden box, that disk with the course on it."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from host import commands, diagnose, golden, install, wheels
from host.box import course
from host.errors import HostError
from host.paths import BUILD, LOGS
from host.steps import Say
from host.suites import SUITES

HERE = Path(__file__).parent
BOXES = BUILD / "boxes"
# The disk's size as the machine sees it; in the box it takes what is used. It may be made larger: the root grows.
DISK_GIB = 20
_TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "sfdisk": "fdisk",
    "mke2fs": "e2fsprogs",
    "mformat": "mtools",
    "qemu-img": "qemu-utils",
}
# On arm64 the box brings the boot loader's own parts; a host of another kind runs its programs by QEMU.
_TOOLS_AMD64 = {
    # In Debian 14 it is grub2-common's, which everywhere brings grub-common along.
    "grub-mkimage": "grub2-common",
    "/usr/lib/grub/i386-pc/boot.img": "grub-pc-bin",
    "/usr/lib/grub/x86_64-efi/moddep.lst": "grub-efi-amd64-bin",
}
_TOOLS_FOREIGN = {
    "arch-test": "arch-test",
    "update-binfmts": "binfmt-support",
    "/usr/bin/qemu-aarch64-static": "qemu-user-static|qemu-user-binfmt",
}
_FOREIGN = "qemu-aarch64"
_FREE_GB = 6.0
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


def name(settings: Mapping[str, str]) -> str:
    """Return the name of the box that the settings describe, without `coursebox/`; settings/settings.rb says the same."""
    golden_part = "-golden" if settings["image"] == "golden" else ""
    return settings["suite"] + golden_part + ("-arm64" if architecture(settings) == "arm64" else "")


def architecture(settings: Mapping[str, str]) -> str:
    """Return the architecture that the settings name, this host's own for `auto`."""
    if settings["architecture"] != "auto":
        return settings["architecture"]
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "amd64"


def _is_foreign(settings: Mapping[str, str]) -> bool:
    return architecture(settings) != architecture({"architecture": "auto"})


def _runs_arm64() -> bool:
    return commands.run(["arch-test", "arm64"]).returncode == 0


def catalogue(settings: Mapping[str, str]) -> Path:
    """Return where that box's catalogue stands, which `vagrant box add` takes."""
    return BOXES / f"{name(settings)}.json"


def missing(settings: Mapping[str, str]) -> list[str]:
    """Return the apt packages that this host lacks for building that box."""
    tools = dict(_TOOLS)
    if architecture(settings) == "amd64":
        tools |= _TOOLS_AMD64
    if _is_foreign(settings) and not _runs_arm64():
        tools |= _TOOLS_FOREIGN
    if settings["image"] == "golden":
        tools |= course.TOOLS
    return [*install.missing(tools), *install.venv_packages()]


def ensure(settings: Mapping[str, str], say: Say) -> str:
    """Build and pack the box that the settings describe, unless this very one is there. Raises HostError.

    Where Ubuntu's archive or its key cannot be had, Debian stands in, and the ending says so. A golden box is made from
    the base box, which is built first where it is missing.
    """
    wanted = fingerprint(settings)
    listed = catalogue(settings)
    if listed.exists() and _read(listed)["coursebox"] == wanted:
        return f"{listed} 已经是最新"
    _verify(settings)
    base = {**settings, "image": "base"}
    if settings["image"] == "golden":
        say(ensure(base, say))
    BOXES.mkdir(parents=True, exist_ok=True)
    # What a build that was killed left; the caller holds the lock.
    stale = [str(path) for path in BOXES.glob("building-*")]
    commands.run(commands.as_root(["rm", "-rf", *stale]))
    with tempfile.TemporaryDirectory(prefix="building-", dir=BOXES) as scratch:
        folder = Path(scratch)
        if settings["image"] == "golden":
            described = str(_read(catalogue(base))["description"])
            with tarfile.open(_packed(catalogue(base), "libvirt")) as archive:
                archive.extract("box.img", folder)
            course.put_on(folder / "box.img", folder / "disk", say)
            built = f"{described.removeprefix('Coursebox: ')}，课程已经在里面"
        else:
            built = _disk(settings, folder / "disk", say)
        version = time.strftime("%Y%m%d.%-H.%-M", time.gmtime())
        made = {}
        arm64 = architecture(settings) == "arm64"
        forms = {"libvirt": _libvirt} if arm64 else {"libvirt": _libvirt, "virtualbox": _virtualbox}
        for provider, form in forms.items():
            say(f"打包给 {provider}")
            vagrantfile = _VAGRANTFILE_ARM64 if arm64 else _VAGRANTFILES[provider]
            packed = _pack(folder, provider, vagrantfile, form(folder))
            made[provider] = (
                packed,
                hashlib.sha256(packed.read_bytes()).hexdigest(),
                f"coursebox-{name(settings)}-{version}-{provider}.box",
            )
        providers = []
        for provider, (packed, digest, file) in made.items():
            packed.replace(BOXES / file)
            providers.append(
                {
                    "name": provider,
                    "url": (BOXES / file).as_uri(),
                    "checksum_type": "sha256",
                    "checksum": digest,
                    "architecture": architecture(settings),
                    "default_architecture": True,
                }
            )
        content = {
            "name": f"coursebox/{name(settings)}",
            "description": f"Coursebox: {built}",
            "versions": [{"version": version, "providers": providers}],
            "coursebox": wanted,
        }
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        (folder / "catalogue").write_text(text, encoding="utf-8")
        (folder / "catalogue").replace(listed)
    for old in BOXES.glob(f"coursebox-{name(settings)}-[0-9]*.box"):
        if f"-{version}-" not in old.name:
            old.unlink()
    return f"{listed}：{built}"


def _read(listed: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(listed.read_text(encoding="utf-8"))
    return content


def _packed(listed: Path, provider: str) -> Path:
    """Return where a provider's box stands, by its catalogue."""
    (version,) = _read(listed)["versions"]
    (url,) = [each["url"] for each in version["providers"] if each["name"] == provider]
    return Path(url2pathname(urlsplit(url).path))


def fingerprint(settings: Mapping[str, str]) -> str:
    """Return a digest of all that the box is made of; another one means another box."""
    digest = hashlib.sha256(str(DISK_GIB).encode())
    for path in sorted(HERE.iterdir()):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    digest.update(architecture(settings).encode())
    suite = SUITES[settings["suite"]]
    digest.update(f"{suite} {wheels.purpose(suite.python)}".encode())
    for key in ("suite", "mirror", "keyring"):
        digest.update(f"{key}={settings[key]}\0".encode())
    if settings["image"] == "golden":
        digest.update(golden.sources())
    return digest.hexdigest()


def _verify(settings: Mapping[str, str]) -> None:
    keyring = settings["keyring"]
    if keyring and not Path(keyring).is_file():
        raise HostError(f"没有签名密钥 {keyring}（设置项 keyring）：请写一个存在的文件，或者留空。")
    if _is_foreign(settings):
        if architecture(settings) == "amd64" or settings["image"] == "golden":
            raise HostError(
                f"这台主机做不了 {name(settings)} 的 box（设置项 architecture）：请在一台 {architecture(settings)} 主机上做。"
            )
        if not _runs_arm64():
            commands.run(commands.as_root(["update-binfmts", "--enable", _FOREIGN]))
        if not _runs_arm64():
            raise HostError(
                "这台主机的内核不运行 arm64 的程序（binfmt_misc）：请在一台 arm64 主机上做，或把设置项 architecture 留作 auto。"
            )
    place = BUILD if BUILD.exists() else BUILD.parent
    free = shutil.disk_usage(place).free / 1e9
    if free < _FREE_GB:
        raise HostError(
            f"{place} 所在的磁盘只剩 {free:.1f} GB，做虚拟机的 box 要 {_FREE_GB:.0f} GB："
            "请先腾出空间，再运行一次 make box。"
        )


def _disk(settings: Mapping[str, str], disk: Path, say: Say) -> str:
    """Build the raw disk; return which suite it is."""
    suite, mirror, keyring = settings["suite"], settings["mirror"], settings["keyring"]
    arch = architecture(settings)
    facts = SUITES[suite]
    if keyring or facts.is_signed:
        try:
            _build(suite, arch, mirror, keyring or facts.keyring, disk, say)
        except HostError as error:
            if mirror or not facts.stand_in:
                raise
            say(str(error))
        else:
            return facts.title
    other = SUITES[facts.stand_in].title
    say(f"够不到 {facts.title} 的软件源或它的签名密钥，改用 {other} 代替")
    _build(facts.stand_in, arch, "", "", disk, say)
    return f"{other}（代替 {facts.title}）"


def _build(suite: str, arch: str, mirror: str, keyring: str, disk: Path, say: Say) -> None:
    say(f"用 {suite} 的软件包做一块磁盘（约一两分钟）")
    log = LOGS / "box.log"
    facts = SUITES[suite]
    packages = ",".join(facts.box_packages).replace("ARCHITECTURE", arch)
    gathered = disk.parent / "wheels"
    machine = "aarch64" if arch == "arm64" else "x86_64"
    wheels.gather(gathered, facts.python, say, machine)
    command = ["sh", str(HERE / "disk.sh"), suite, arch, mirror, keyring, packages, str(DISK_GIB)]
    command += [str(gathered), str(disk), *facts.apt_options]
    if commands.logged(commands.as_root(command), log):
        raise HostError(
            diagnose.failure(
                f"做不成 {suite} 的 box", commands.tail(log), str(log), "检查设置项 mirror"
            )
        )


def _convert(folder: Path, target: Path, *options: str) -> None:
    command = ["qemu-img", "convert", *options, str(folder / "disk"), str(target)]
    done = commands.run(command)
    if done.returncode:
        raise HostError(f"磁盘转不成 {target.suffix}：{done.stderr.strip()}")


def _libvirt(folder: Path) -> dict[str, Path]:
    """Return the files of vagrant-libvirt's box format, version 1."""
    image = folder / "box.img"
    # Every QEMU since 5.1 reads zstd, which packs this in a fifth of zlib's time.
    _convert(folder, image, "-c", "-W", "-O", "qcow2", "-o", "compression_type=zstd")
    metadata = {"provider": "libvirt", "format": "qcow2", "virtual_size": DISK_GIB}
    return {"metadata.json": _written(folder, metadata), "box.img": image}


def _virtualbox(folder: Path) -> dict[str, Path]:
    """Return the files of a VirtualBox box: an appliance in the Open Virtualization Format 1.0 (DSP0243) and its disk."""
    image = folder / "box-disk1.vmdk"
    _convert(folder, image, "-O", "vmdk", "-o", "subformat=streamOptimized")
    described = folder / "box.ovf"
    described.write_text(
        Template((HERE / "box.ovf").read_text(encoding="utf-8")).substitute(
            capacity=DISK_GIB * 2**30, size=image.stat().st_size, mac=_MAC
        ),
        encoding="utf-8",
    )
    metadata = {"provider": "virtualbox", "architecture": "amd64"}
    return {
        "metadata.json": _written(folder, metadata),
        "box.ovf": described,
        "box-disk1.vmdk": image,
    }


def _written(folder: Path, metadata: Mapping[str, object]) -> Path:
    path = folder / "metadata.json"
    path.write_text(json.dumps(metadata) + "\n", encoding="utf-8")
    return path


def _pack(folder: Path, provider: str, settings: str, files: Mapping[str, Path]) -> Path:
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
