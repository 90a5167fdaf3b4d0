"""Chooses the Vagrant provider: what really works on this host, not what merely exists."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from host import commands, install
from host.errors import HostError


def choose(settings: Mapping[str, str]) -> str:
    """Return the provider that the settings name; for `auto` the first that works, else docker.

    Raises HostError when the settings name one that does not work here.
    """
    wanted = settings["provider"]
    if wanted == "auto":
        if _virtualbox():
            return "virtualbox"
        if _libvirt() and _hardware():
            return "libvirt"
        return "docker"
    if wanted == "virtualbox" and not _virtualbox():
        raise HostError(
            "provider=virtualbox 在这台主机上不能用：没有能工作的 VirtualBox。请从 virtualbox.org 安装，或改用 PROVIDER=docker。"
        )
    if wanted == "libvirt" and not _libvirt():
        raise HostError(
            "provider=libvirt 在这台主机上不能用：virsh 连不上 qemu:///system。请安装并启动 libvirt"
            "（apt install libvirt-daemon-system vagrant-libvirt），或改用 PROVIDER=docker。"
        )
    return wanted


def packages(provider: str) -> list[str]:
    """Return the apt packages that this host still lacks for the provider, Vagrant included."""
    tools = dict(install.VAGRANT_TOOLS)
    if provider == "docker":
        tools |= install.CONTAINER_TOOLS
    return install.missing(tools)


def _virtualbox() -> bool:
    return commands.run(["VBoxManage", "list", "hostinfo"], timeout=20).returncode == 0


def _libvirt() -> bool:
    return commands.run(["virsh", "-c", "qemu:///system", "list"], timeout=20).returncode == 0


def _hardware() -> bool:
    """Say whether the processor really virtualises: /dev/kvm may stand on one that does not."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split()
    return os.access("/dev/kvm", os.R_OK | os.W_OK) and bool({"vmx", "svm"} & set(flags))
