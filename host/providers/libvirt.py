"""Virtual machines of libvirt's, with QEMU: by hardware virtualisation, or on request by software emulation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from host import account, commands, install, libvirt, machines
from host.errors import HostError
from host.i18n import translated as _
from host.paths import CHECKOUT, ROOT
from host.providers import Work
from host.steps import Reporter

ORDER = 2
VIRTUAL = True
# HashiCorp's package installs Vagrant here; it does not see the distribution's plugins.
_HASHICORP = Path("/opt/vagrant")


def works() -> bool:
    """Say whether libvirt answers and the processor virtualises."""
    return libvirt.answers() and libvirt.accelerated()


def verify() -> None:
    """Raise HostError where libvirt does not answer and cannot be installed."""
    if not install.has_apt() and not libvirt.answers():
        raise HostError(
            _(
                "provider=libvirt 在这台主机上不能用：virsh 连不上 qemu:///system，也没有 apt 可以安装 libvirt。请安装并启动 libvirt 和 vagrant-libvirt，或改用 PROVIDER=docker。"
            )
        )


def packages() -> list[str]:
    """Return what is lacking of libvirt, Vagrant and its plugin. Raises HostError where no package brings it."""
    install.verify_vagrant()
    tools = install.VAGRANT_TOOLS | libvirt.tools()
    if not _HASHICORP.exists():
        return install.missing(tools | libvirt.PLUGIN)
    listed = commands.run(["vagrant", "plugin", "list"], timeout=120)
    if "vagrant-libvirt" not in listed.stdout:
        told = (
            _("（它说：{said}）", said=listed.stderr.strip().splitlines()[0])
            if listed.stderr.strip()
            else ""
        )
        raise HostError(
            _(
                "{vagrant} 里的 Vagrant 没有 libvirt 插件{told}：请运行 vagrant plugin install vagrant-libvirt，再运行一次 make up。",
                vagrant=_HASHICORP,
                told=told,
            )
        )
    return install.missing(tools)


def storage() -> list[Path]:
    """Return where libvirt's pool is."""
    return [Path("/var")]


def join_group() -> None:
    """Enter libvirt's group."""
    libvirt.join_group(account.AGAIN)


def verify_settings(settings: Mapping[str, str]) -> None:
    """Raise HostError for a network that this host reaches already."""
    libvirt.verify_network(settings["network"])


def prerequisites() -> dict[str, Work]:
    """Return libvirt itself."""
    return {"libvirt": _ensure}


def _ensure(_: Mapping[str, str], report: Reporter) -> str:
    ready = libvirt.ensure(report)
    # The Vagrantfile gives this prefix, and vagrant-libvirt takes other letters out of it.
    prefix = re.sub(r"[^-A-Za-z0-9_.]", "", f"{ROOT.name}-{CHECKOUT}-")
    libvirt.remove_partial(prefix, machines.existing())
    return ready
