"""Virtual machines of VirtualBox's, which people install themselves."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from host import commands, install
from host.errors import HostError
from host.i18n import translated as _
from host.providers import Work

ORDER = 1
VIRTUAL = True
_VBOXDRV = Path("/dev/vboxdrv")


def works() -> bool:
    """Say whether VirtualBox can start a machine."""
    # Without its kernel module VBoxManage answers as well, but starts no machine.
    if sys.platform == "linux" and not _VBOXDRV.exists():
        return False
    return commands.run(["VBoxManage", "list", "hostinfo"], timeout=20).returncode == 0


def verify() -> None:
    """Raise HostError where it does not work."""
    if not works():
        raise HostError(
            _(
                "provider=virtualbox 在这台主机上不能用：没有能工作的 VirtualBox。请从 virtualbox.org 安装（Linux 上还要有它的内核模块，即 {vboxdrv}），或改用 PROVIDER=docker。",
                vboxdrv=_VBOXDRV,
            )
        )


def packages() -> list[str]:
    """Return Vagrant where it is lacking. Raises HostError where no package brings it."""
    install.verify_vagrant()
    return install.missing(install.VAGRANT_TOOLS)


def storage() -> list[Path]:
    """Return nothing: where its disks go is the user's choice."""
    return []


def join_group() -> None:
    """Enter none."""


def verify_settings(settings: Mapping[str, str]) -> None:
    """Refuse none."""


def prerequisites() -> dict[str, Work]:
    """Return none."""
    return {}
