"""Background processes that an exercise needs and that outlive `lab start`: a runaway, one that holds a port."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from lab import json_file, paths
from lab.checking import processes
from lab.errors import FailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PYTHON: Final = "/usr/bin/python3"
# Seconds of CPU after which a runaway that nobody ends is ended by the kernel.
_CPU: Final = 1800
_GONE: Final = 10


def spawn(lab: str, name: str, program: str, *args: str) -> int:
    """Start a Python program in the background, unless it lives already; return its number. Raises FailedError."""
    with _record() as known:
        alive = _alive(known.get(f"{lab}:{name}"))
        if alive is not None:
            return alive

        def limit() -> None:
            os.nice(10)
            resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU))

        process = subprocess.Popen(
            [_PYTHON, program, *args],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=limit,
        )
        # It is meant to outlive this command.
        process.returncode = 0
        found = processes.one(process.pid)
        if found is None:
            raise FailedError(f"启动不了 {os.path.basename(program)}。")
        known[f"{lab}:{name}"] = {"pid": found.pid, "started": found.started}
        return found.pid


def alive(lab: str, name: str) -> int | None:
    """Return the number of a background process, or None when that very process has ended."""
    with _record() as known:
        return _alive(known.get(f"{lab}:{name}"))


def started(lab: str, name: str) -> bool:
    """Say whether a process of that name was ever started since the last `end`."""
    with _record() as known:
        return f"{lab}:{name}" in known


def end(lab: str) -> None:
    """End the background processes of a lab, and wait until they are gone."""
    with _record() as known:
        ended = [known.pop(key) for key in list(known) if key.partition(":")[0] == lab]
        for entry in ended:
            pid = _alive(entry)
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + _GONE
        while any(_alive(entry) for entry in ended) and time.monotonic() < deadline:
            time.sleep(0.01)


def _alive(entry: Any) -> int | None:
    if not isinstance(entry, dict):
        return None
    process = processes.one(int(entry.get("pid", 0)))
    if process is None or process.started != entry.get("started") or process.state in "ZX":
        return None
    return process.pid


@contextmanager
def _record() -> Iterator[dict[str, Any]]:
    """Hold the record of what was started, in prepared.json, and write it when it has changed."""
    paths.own_home()
    path = os.path.join(paths.state_dir(), "prepared.json")
    with json_file.locked(f"{path}.lock"):
        try:
            known = json_file.read(path) or {}
        except json_file.Damaged:
            json_file.set_aside(path)
            known = {}
        before = dict(known)
        try:
            yield known
        finally:
            if known != before:
                json_file.write(path, known)
