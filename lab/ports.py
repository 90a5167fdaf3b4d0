"""Who listens on a TCP port of this machine, read from /proc without disturbing anybody."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTEN: Final = "0A"
_UNIT: Final = re.compile(r"/(coursebox-server@[^/\n]+\.service)")


class Holder(NamedTuple):
    """A process that listens."""

    pid: int
    command: str
    unit: str | None


def is_held(port: int) -> bool:
    """Say whether anything listens on a port."""
    return bool(_inodes(port))


def holders(port: int) -> list[Holder]:
    """Return the processes that listen, as far as this user may see them."""
    wanted = {f"socket:[{inode}]" for inode in _inodes(port)}
    pids = sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())
    return [_holder(pid) for pid in pids if wanted & _sockets(pid)]


def who(port: int) -> list[str]:
    """Return lines that tell a student who holds a port, and how to free it."""
    lines = []
    found = holders(port)
    for holder in found:
        if holder.unit:
            lines.append(
                f"占用它的是系统服务 {holder.unit}。停掉它：sudo systemctl stop {holder.unit}"
            )
        else:
            lines.append(f"占用它的是进程 {holder.pid}：{holder.command}")
    mine = [str(holder.pid) for holder in found if not holder.unit]
    if mine:
        lines.append(f"在它的终端里按 ctrl-c 就能停掉它；找不到那个终端时：kill {' '.join(mine)}")
    if not found:
        lines.append(f"它属于别的用户。看看是谁：sudo lsof -i :{port}")
    return lines


def unread(port: int, peer: int) -> int:
    """Return how many bytes from the port `peer` wait for whoever listens on `port`; see proc_net_tcp for the fields."""
    for fields in _connections():
        ports = tuple(int(field.rpartition(":")[2], 16) for field in fields[1:3])
        if ports == (port, peer):
            return int(fields[4].partition(":")[2], 16)
    return 0


def _connections() -> Iterator[list[str]]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in _text(table).splitlines()[1:]:
            yield line.split()


def _inodes(port: int) -> set[str]:
    return {
        fields[9]
        for fields in _connections()
        if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port
    }


def _sockets(pid: int) -> set[str]:
    folder = f"/proc/{pid}/fd"
    found: set[str] = set()
    try:
        names = os.listdir(folder)
    except OSError:
        return found  # Another user's process, or one that has just ended.
    for name in names:
        with suppress(OSError):
            found.add(os.readlink(f"{folder}/{name}"))
    return found


def _holder(pid: int) -> Holder:
    command = " ".join(_text(f"/proc/{pid}/cmdline").split("\0")).strip()
    unit = _UNIT.search(_text(f"/proc/{pid}/cgroup"))
    return Holder(pid, command, unit[1] if unit else None)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
