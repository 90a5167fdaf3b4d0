"""The processes beneath this one, read from /proc: what they do, and how they all end, whatever they try.

See proc(5) for the fields of /proc/PID/stat and prctl(2) for PR_SET_CHILD_SUBREAPER.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PATIENCE: Final = 10.0


class Process(NamedTuple):
    """One process as /proc shows it: CPU time in seconds, memory in bytes."""

    pid: int
    parent: int
    state: str
    cpu: float
    memory: int
    started: int
    name: str


def adopt_orphans() -> None:
    """Make descendants whose parent ends children of this process, so that none can slip away."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Have the kernel kill the calling process when its parent dies."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def die_first_without_memory() -> None:
    """Have the kernel choose the calling process and what it starts when memory runs out. See proc(5), oom_score_adj."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")


def one(pid: int) -> Process | None:
    """Return a process, or None when there is none of that number."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    fields = rest.split()
    return Process(
        pid=pid,
        parent=int(fields[1]),
        state=fields[0],
        cpu=(int(fields[11]) + int(fields[12])) / _TICKS,
        memory=int(fields[21]) * _PAGE,
        started=int(fields[19]),
        name=name,
    )


def beneath(pid: int) -> list[Process]:
    """Return all descendants of a process, zombies included."""
    everyone = [one(int(name)) for name in os.listdir("/proc") if name.isdecimal()]
    children: dict[int, list[Process]] = {}
    for process in everyone:
        if process:
            children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    waiting = [pid]
    while waiting:
        for process in children.get(waiting.pop(), ()):
            found.append(process)
            waiting.append(process.pid)
    return found


def threads_of_user() -> int:
    """Return how many threads this user runs; RLIMIT_NPROC counts them."""
    count = 0
    for name in os.listdir("/proc"):
        with suppress(OSError):
            if name.isdecimal() and os.stat(f"/proc/{name}").st_uid == os.getuid():
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


def living(keep: int) -> list[Process]:
    """Return what lives beneath this process, and collect what was adopted and has ended, by one look at /proc.

    `keep` is the direct child, whose end its owner asks for.
    """
    found = beneath(os.getpid())
    for process in found:
        if process.state == "Z" and process.parent == os.getpid() and process.pid != keep:
            with suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)
    return [process for process in found if process.state not in "ZX"]


def kill_all(keep: int) -> bool:
    """Kill everything beneath this process; say whether it worked within ten seconds."""
    return _kill(lambda: beneath(os.getpid()), keep)


def kill_marked(text: str) -> bool:
    """Kill this user's processes that have a text in their environment; say whether it worked within ten seconds."""

    def marked() -> list[Process]:
        found = []
        for name in os.listdir("/proc"):
            with suppress(OSError):
                if name.isdecimal() and int(name) != os.getpid():
                    with open(f"/proc/{name}/environ", "rb") as file:
                        process = one(int(name)) if text.encode() in file.read() else None
                    if process:
                        found.append(process)
        return found

    return _kill(marked, keep=-1)


def _kill(find: Callable[[], list[Process]], keep: int) -> bool:
    """All are stopped before any is killed, so that none can start another meanwhile."""

    def going_on() -> set[int]:
        return {process.pid for process in find() if process.state not in "ZX"}

    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        alive = going_on()
        if not alive:
            living(keep)
            return True
        stopped: set[int] = set()
        while alive - stopped:
            for pid in alive - stopped:
                _send(pid, signal.SIGSTOP)
            stopped |= alive
            alive = going_on()
        for pid in stopped:
            _send(pid, signal.SIGKILL)
        living(keep)
        time.sleep(0.005)
    return False


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
