"""Runs the host's commands: captured, logged, or with root's rights."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from host.errors import HostError


def run(
    command: Sequence[str],
    timeout: float | None = None,
    environ: Mapping[str, str] | None = None,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a command and return its result with text output; the caller looks at the exit code.

    `environ` is added to this process's environment, `stdin` is what the command reads. A missing command, or one
    that runs longer than `timeout` seconds gives exit code 127 or 124, as a shell would.
    """
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            input=stdin,
            env=None if environ is None else {**os.environ, **environ},
        )
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(list(command), 127, "", str(error))
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(list(command), 124, "", str(error))


def logged(
    command: Sequence[str],
    log: Path,
    watch: Callable[[str], None] | None = None,
    environ: Mapping[str, str] | None = None,
) -> int:
    """Run a command with its output appended to `log`, each line also given to `watch`; return its exit code."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as sink:
        sink.write(f"$ {' '.join(command)}\n")
        sink.flush()
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            env=None if environ is None else {**os.environ, **environ},
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                sink.write(line)
                sink.flush()
                if watch is not None:
                    watch(line.rstrip("\n"))
        return process.returncode


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log, for an error message."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def as_root(command: Sequence[str]) -> list[str]:
    """Return the command with what it takes to run it as root.

    Raises HostError where neither root nor sudo is there.
    """
    if os.geteuid() == 0:
        return list(command)
    if shutil.which("sudo") is None:
        raise HostError("这一步需要 root 权限：请用 root 运行，或先安装 sudo（apt install sudo）。")
    return ["sudo", "--", *command]
