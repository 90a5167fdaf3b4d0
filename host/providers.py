"""Chooses the Vagrant provider: what really works on this host, not what merely exists."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from host import commands, engine, install, libvirt
from host.errors import HostError

# Where HashiCorp's own packages put Vagrant, whose plugins are not the distribution's.
_HASHICORP = Path("/opt/vagrant")
_VBOXDRV = Path("/dev/vboxdrv")


def choose(settings: Mapping[str, str]) -> str:
    """Return the provider that the settings name; for `auto` the first that works, else docker.

    Raises HostError when the settings name one that does not work here.
    """
    wanted = settings["provider"]
    if wanted == "auto":
        if _virtualbox():
            return "virtualbox"
        if libvirt.answers() and libvirt.accelerated():
            return "libvirt"
        return "docker"
    if wanted == "virtualbox" and not _virtualbox():
        raise HostError(
            "provider=virtualbox 在这台主机上不能用：没有能工作的 VirtualBox。请从 virtualbox.org 安装（Linux 上还要有它的内核模块，"
            f"即 {_VBOXDRV}），或改用 PROVIDER=docker。"
        )
    if wanted == "libvirt" and not install.has_apt() and not libvirt.answers():
        raise HostError(
            "provider=libvirt 在这台主机上不能用：virsh 连不上 qemu:///system，也没有 apt 可以安装 libvirt。"
            "请安装并启动 libvirt 和 vagrant-libvirt，或改用 PROVIDER=docker。"
        )
    return wanted


def packages(provider: str) -> list[str]:
    """Return the apt packages that this host still lacks for the provider: Vagrant included, unless it is docker.

    Raises HostError where what stands here cannot serve, or Vagrant or its plugin is lacking and no package brings it.
    """
    if provider == "docker":
        return install.missing(engine.tools())
    install.verify_vagrant()
    tools = dict(install.VAGRANT_TOOLS)
    if provider == "libvirt":
        tools |= libvirt.tools()
        if not _HASHICORP.exists():
            tools |= libvirt.PLUGIN
        else:
            _verify_plugin()
    return install.missing(tools)


def _verify_plugin() -> None:
    listed = commands.run(["vagrant", "plugin", "list"], timeout=120)
    if "vagrant-libvirt" not in listed.stdout:
        told = f"（它说：{listed.stderr.strip().splitlines()[0]}）" if listed.stderr.strip() else ""
        raise HostError(
            f"{_HASHICORP} 里的 Vagrant 没有 libvirt 插件{told}：请运行 vagrant plugin install vagrant-libvirt，再运行一次 make up。"
        )


def _virtualbox() -> bool:
    # Without its kernel module VBoxManage answers as well, but starts no machine.
    if sys.platform == "linux" and not _VBOXDRV.exists():
        return False
    return commands.run(["VBoxManage", "list", "hostinfo"], timeout=20).returncode == 0
