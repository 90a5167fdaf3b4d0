"""Runs the host's commands: captured, logged, or with root's rights."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from host.errors import HostError
from host.i18n import translated as _

_SUDO_TURN = threading.Lock()
# How sudo, and sudo-rs, begin to refuse somebody whom no password helps.
_DENIED = ("not in the sudoers", "not allowed to", "may not run", "I'm afraid I can't")


def run(
    command: Sequence[str],
    timeout: float | None = None,
    environ: Mapping[str, str] | None = None,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a command and return its result with text output; the caller looks at the exit code.

    `environ` is added to this process's environment, `stdin` is what the command reads. A missing command gives exit
    code 127, one that cannot be run 126, one that runs longer than `timeout` seconds 124, as a shell would.
    """
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
            input=stdin,
            env=None if environ is None else {**os.environ, **environ},
        )
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(list(command), 127, "", str(error))
    except OSError as error:
        return subprocess.CompletedProcess(list(command), 126, "", str(error))
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
    """Return the command with what it takes to run it as root; sudo asks for its password here, if it has to.

    Raises HostError where neither root nor sudo is there, or sudo refuses, or cannot ask.
    """
    if os.geteuid() == 0:
        return list(command)
    with _SUDO_TURN:
        _authenticate()
    # Whatever else sudo might ask, nobody would see.
    return ["sudo", "-n", "--", *command]


def _authenticate() -> None:
    if shutil.which("sudo") is None:
        raise HostError(
            _("这一步需要 root 权限：请用 root 运行，或先安装 sudo（apt install sudo）。")
        )
    tried = _sudo()
    if tried.returncode == 0:
        return
    said = tried.stderr.strip().splitlines()[-1:] or [_("退出码 {code}", code=tried.returncode)]
    if any(mark in tried.stderr for mark in _DENIED):
        raise HostError(
            _(
                "sudo 不给你 root 权限（{said}）：请用 root 运行，或请管理员把你加入 sudo 组。",
                said=said[0],
            )
        )
    if not _at_terminal():
        raise HostError(
            _(
                "sudo 要密码，而这里没有终端可以问（{said}）：请在终端的前台运行，或用 root 运行。",
                said=said[0],
            )
        )
    print(_("coursebox：接下来要用 root 权限，sudo 会问你的密码"), file=sys.stderr)
    if subprocess.run(["sudo", "-v"], check=False).returncode:
        raise HostError(_("sudo 没有给你 root 权限：请检查密码，或请管理员把你加入 sudo 组。"))
    if _sudo().returncode:
        raise HostError(
            _("sudo 每次都要重新问密码（sudoers 里的 timestamp_timeout=0）：请用 root 运行。")
        )


def _sudo() -> subprocess.CompletedProcess[str]:
    """Try sudo, without a question."""
    return run(["sudo", "-n", "true"], environ={"LC_ALL": "C"})


def _at_terminal() -> bool:
    """Say whether there is a terminal to ask at; a process in its background would be stopped for asking."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)
