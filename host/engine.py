"""The container engine: makes one answer, whether the host has systemd or not."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from host import commands, install
from host.errors import HostError
from host.paths import LOGS
from host.steps import Say

_PID_FILE = Path("/var/run/docker.pid")
_DEADLINE = 60.0


def answers() -> bool:
    """Say whether a container engine answers; a client alone does not count."""
    return (
        commands.run(["docker", "info", "--format", "{{.ServerVersion}}"], timeout=30).returncode
        == 0
    )


def ensure(say: Say) -> str:
    """Start the engine where it does not run, and wait until it answers.

    Raises HostError when it does not answer within a minute, or when this account may not speak to it.
    """
    if answers():
        return "已在运行"
    refused = commands.run(["docker", "info"], timeout=30)
    if "permission denied" in (refused.stdout + refused.stderr).lower():
        raise HostError(_not_allowed())
    say("启动容器引擎")
    if Path("/run/systemd/system").is_dir():
        started = commands.run(commands.as_root(["systemctl", "start", "docker"]))
        if started.returncode:
            raise HostError(f"systemctl start docker 没有成功：{started.stderr.strip()}")
        _wait(None)
    else:
        _wait(_start_daemon())
    return "已启动"


def _not_allowed() -> str:
    user = os.environ.get("USER", "$USER")
    return f"用户 {user} 没有权限使用容器引擎：请运行 sudo usermod -aG docker {user}，重新登录后再运行一次 make up。"


def _start_daemon() -> subprocess.Popen[bytes]:
    """Start dockerd by hand, in a session of its own, so that it outlives this command."""
    if _PID_FILE.exists() and not _runs_dockerd(_PID_FILE.read_text(encoding="ascii").strip()):
        commands.run(commands.as_root(["rm", "-f", str(_PID_FILE)]))
    LOGS.mkdir(parents=True, exist_ok=True)
    daemon = install.find("dockerd")
    if daemon is None:
        raise HostError("缺少容器引擎 dockerd：请安装 docker.io（apt install docker.io）。")
    with (LOGS / "dockerd.log").open("ab") as log:
        return subprocess.Popen(
            commands.as_root([daemon]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env={
                **os.environ,
                "PATH": os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin",
            },
        )


def _runs_dockerd(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == "dockerd"
    except OSError:
        return False


def _wait(daemon: subprocess.Popen[bytes] | None) -> None:
    deadline = time.monotonic() + _DEADLINE
    while not answers():
        if daemon is not None and daemon.poll() is not None:
            log = LOGS / "dockerd.log"
            raise HostError(f"容器引擎起不来，详情见 {log}：\n{commands.tail(log, 4)}")
        if time.monotonic() > deadline:
            raise HostError(
                f"容器引擎 {_DEADLINE:.0f} 秒内没有应答：请看 {LOGS / 'dockerd.log'} 或 journalctl -u docker。"
            )
        time.sleep(0.2)
