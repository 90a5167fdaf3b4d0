"""Builds the box of virtual machines: the base box, a bootable disk from the distribution's own packages, and the golden box,
that disk with the course on it."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from host import commands, diagnose, install, wheels
from host.box import course, metadata, package
from host.box.metadata import BOXES
from host.errors import HostError
from host.i18n import translated as _
from host.paths import BUILD, LOGS
from host.steps import Reporter
from host.suites import SUITES

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


def _is_foreign(settings: Mapping[str, str]) -> bool:
    return metadata.architecture(settings) != metadata.architecture({"architecture": "auto"})


def _runs_arm64() -> bool:
    return commands.run(["arch-test", "arm64"]).returncode == 0


def missing(settings: Mapping[str, str]) -> list[str]:
    """Return the apt packages that this host lacks for building that box."""
    tools = dict(_TOOLS)
    if metadata.architecture(settings) == "amd64":
        tools |= _TOOLS_AMD64
    if _is_foreign(settings) and not _runs_arm64():
        tools |= _TOOLS_FOREIGN
    if settings["image"] == "golden":
        tools |= course.TOOLS
    return [*install.missing(tools), *install.venv_packages()]


def is_lacking(settings: Mapping[str, str]) -> bool:
    """Say whether machines are to be made from this checkout's own box, which has yet to be built here."""
    own = not settings["box"] and install.find("apt-get") is not None
    return own and not metadata.path(settings).exists()


def ensure(settings: Mapping[str, str], report: Reporter) -> str:
    """Build and pack the box that the settings describe, unless this very one is there. Raises HostError.

    Where Ubuntu's archive or its key cannot be had, Debian stands in, and the ending says so. A golden box is made from
    the base box, which is built first where it is missing.
    """
    listed, wanted = metadata.path(settings), metadata.fingerprint(settings)
    if listed.exists() and metadata.read(listed)["coursebox"] == wanted:
        return _("{listed} 已经是最新", listed=listed)
    _verify(settings)
    if settings["image"] == "golden":
        report(ensure({**settings, "image": "base"}, report))
    BOXES.mkdir(parents=True, exist_ok=True)
    # What a build that was killed left; the caller holds the lock.
    stale = [str(path) for path in BOXES.glob("building-*")]
    commands.run(commands.as_root(["rm", "-rf", *stale]))
    version = time.strftime("%Y%m%d.%-H.%-M", time.gmtime())
    begin = f"coursebox-{metadata.name(settings)}"
    with tempfile.TemporaryDirectory(prefix="building-", dir=BOXES) as scratch:
        folder = Path(scratch)
        make = _golden_disk if settings["image"] == "golden" else _disk
        built = make(settings, folder / "disk", report)
        packed = package.pack(folder, metadata.architecture(settings), report)
        kept = {
            provider: file.replace(BOXES / f"{begin}-{version}-{provider}.box")
            for provider, file in packed.items()
        }
    metadata.write(settings, wanted, version, built, kept)
    for old in BOXES.glob(f"{begin}-[0-9]*.box"):
        if f"-{version}-" not in old.name:
            old.unlink()
    return _("{listed}：{built}", listed=listed, built=built)


def _golden_disk(settings: Mapping[str, str], disk: Path, report: Reporter) -> str:
    """Make the raw disk of a golden box from the base box, which is there; return what is on it."""
    base = {**settings, "image": "base"}
    with tarfile.open(metadata.packed(metadata.path(base), "libvirt")) as archive:
        archive.extract("box.img", disk.parent)
    course.install_course(disk.with_name("box.img"), disk, report)
    return _("{description}，课程已经在里面", description=metadata.description(base))


def _verify(settings: Mapping[str, str]) -> None:
    keyring = settings["keyring"]
    if keyring and not Path(keyring).is_file():
        raise HostError(
            _(
                "没有签名密钥 {keyring}（设置项 keyring）：请写一个存在的文件，或者留空。",
                keyring=keyring,
            )
        )
    if _is_foreign(settings):
        if metadata.architecture(settings) == "amd64" or settings["image"] == "golden":
            raise HostError(
                _(
                    "这台主机做不了 {name} 的 box（设置项 architecture）：请在一台 {architecture} 主机上做。",
                    name=metadata.name(settings),
                    architecture=metadata.architecture(settings),
                )
            )
        if not _runs_arm64():
            commands.run(commands.as_root(["update-binfmts", "--enable", _FOREIGN]))
        if not _runs_arm64():
            raise HostError(
                _(
                    "这台主机的内核不运行 arm64 的程序（binfmt_misc）：请在一台 arm64 主机上做，或把设置项 architecture 留作 auto。"
                )
            )
    place = BUILD if BUILD.exists() else BUILD.parent
    free = shutil.disk_usage(place).free / 1e9
    if free < _FREE_GB:
        raise HostError(
            _(
                "{place} 所在的磁盘只剩 {free:.1f} GB，做虚拟机的 box 要 {needed:.0f} GB：请先腾出空间，再运行一次 make box。",
                place=place,
                free=free,
                needed=_FREE_GB,
            )
        )


def _disk(settings: Mapping[str, str], disk: Path, report: Reporter) -> str:
    """Build the raw disk; return which suite it is."""
    suite, mirror, keyring = settings["suite"], settings["mirror"], settings["keyring"]
    arch = metadata.architecture(settings)
    facts = SUITES[suite]
    if keyring or facts.is_signed:
        try:
            _build(suite, arch, mirror, keyring or facts.keyring, disk, report)
        except HostError as error:
            if mirror or not facts.fallback:
                raise
            report(str(error))
        else:
            return facts.title
    other = SUITES[facts.fallback].title
    report(
        _(
            "够不到 {title} 的软件源或它的签名密钥，改用 {other} 代替",
            title=facts.title,
            other=other,
        )
    )
    _build(facts.fallback, arch, "", "", disk, report)
    return _("{other}（代替 {title}）", other=other, title=facts.title)


def _build(suite: str, arch: str, mirror: str, keyring: str, disk: Path, report: Reporter) -> None:
    report(_("用 {suite} 的软件包做一块磁盘（约一两分钟）", suite=suite))
    log = LOGS / "box.log"
    facts = SUITES[suite]
    packages = ",".join(facts.box_packages).replace("ARCHITECTURE", arch)
    gathered = disk.parent / "wheels"
    machine = "aarch64" if arch == "arm64" else "x86_64"
    wheels.gather(gathered, facts.python, report, machine)
    command = ["sh", str(metadata.HERE / "disk.sh"), suite, arch, mirror, keyring, packages]
    command += [str(metadata.DISK_GIB), str(gathered), str(disk), *facts.apt_options]
    if commands.logged(commands.as_root(command), log):
        raise HostError(
            diagnose.failure(
                _("做不成 {suite} 的 box", suite=suite),
                commands.tail(log),
                str(log),
                _("检查设置项 mirror"),
            )
        )
