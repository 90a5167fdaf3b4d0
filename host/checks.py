"""What can be known to be wrong with this host before a machine is made."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from host import machines
from host.errors import HostError
from host.i18n import translated as _
from host.paths import ROOT
from host.settings import host_ports

_DISK_GB = 4


def disk(places: Iterable[Path]) -> None:
    """Raise HostError where there is no room in the checkout or in `places` for the machines to be made."""
    for place in [ROOT, *places]:
        free = shutil.disk_usage(place).free / 1e9
        if free < _DISK_GB and not machines.existing():
            raise HostError(
                _(
                    "{place} 所在的磁盘只剩 {free:.1f} GB：请先腾出 {needed} GB，再运行一次 make up。",
                    place=place,
                    free=free,
                    needed=_DISK_GB,
                )
            )


def memory(settings: Mapping[str, str]) -> None:
    """Raise HostError where this host has too little memory for the virtual machines to be made (proc_meminfo(5))."""
    told = Path("/proc/meminfo")
    if not told.exists():
        return
    new = len(set(machines.wanted(settings)) - set(machines.existing()))
    available = re.search(r"^MemAvailable:\s+(\d+) kB", told.read_text(encoding="ascii"), re.M)
    if new and available and new * int(settings["memory"]) > int(available[1]) // 1024:
        raise HostError(
            _(
                "内存不够：{new} 台虚拟机各要 {memory} MiB（设置项 memory），主机只剩 {left} MiB。请减少 SEATS，或改小 memory（至少 512）。",
                new=new,
                memory=settings["memory"],
                left=int(available[1]) // 1024,
            )
        )


def ports(settings: Mapping[str, str]) -> None:
    """Raise HostError for a port of a machine to be made that something else on this host holds."""
    made = machines.existing()
    for number, name in enumerate(machines.wanted(settings), start=1):
        if name in made:
            continue
        for key, port in host_ports(settings, number).items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    raise HostError(
                        _(
                            "主机的端口 {port}（设置项 {key}）已被占用：请停掉占用它的程序（sudo lsof -i :{port}），或换一个端口，例如 COURSEBOX_{variable}={port2} make up。",
                            port=port,
                            key=key,
                            variable=key.upper(),
                            port2=port + 1000,
                        )
                    ) from error
