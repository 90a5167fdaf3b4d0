"""The container engine: makes one answer, whether the host has systemd or not."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from host import commands, install
from host.errors import HostError
from host.paths import LOGS
from host.steps import Say

_GROUP = "docker"
_PID_FILE = Path("/var/run/docker.pid")
_DEADLINE = 60.0
_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
_INSTANCES = 1024


def answers() -> bool:
    """Say whether a container engine answers this account; a client alone does not count.

    `docker info` would not do: since 26 it ends with 0 where the engine refuses, if a format is asked for.
    """
    asked = commands.run(["docker", "version", "--format", "{{.Server.Version}}"], timeout=30)
    return asked.returncode == 0


def ensure(say: Say) -> str:
    """Start the engine where it does not run, and wait until it answers.

    Raises HostError when it does not answer within a minute.
    """
    _make_room(say)
    if answers():
        return "已在运行"
    say("启动容器引擎")
    if Path("/run/systemd/system").is_dir():
        started = commands.run(commands.as_root(["systemctl", "start", "docker"]))
        if started.returncode:
            raise HostError(f"systemctl start docker 没有成功：{started.stderr.strip()}")
        _wait(None)
    else:
        _wait(_start_daemon())
    return "已启动"


def _make_room(say: Say) -> None:
    """Let the kernel watch for more than the 22 seats or so that its usual limit allows, until the next boot.

    systemd in a container that cannot have an inotify instance (inotify(7)) does not come up.
    """
    if int(_INOTIFY.read_text(encoding="ascii")) >= _INSTANCES:
        return
    raised = commands.run(commands.as_root(["sh", "-c", f"echo {_INSTANCES} > {_INOTIFY}"]))
    if raised.returncode:
        say(f"内核只让开大约 20 个座位：{_INOTIFY} 改不到 {_INSTANCES}（{raised.stderr.strip()}）")


def join_group(arguments: Sequence[str]) -> None:
    """Let an account other than root speak to the engine: join its group, and start this command again within it.

    `arguments` is the command to start again. Returns where nothing is to be done; raises HostError where the account
    cannot be helped.
    """
    if os.geteuid() == 0 or _in_group() or answers():
        return
    user = pwd.getpwuid(os.geteuid()).pw_name
    print(f"coursebox：把用户 {user} 加入 {_GROUP} 组，好让它使用容器引擎", file=sys.stderr)
    for command in (
        ["groupadd", "--force", _GROUP],
        ["usermod", "--append", "--groups", _GROUP, user],
    ):
        done = commands.run(
            commands.as_root([install.find(command[0]) or command[0], *command[1:]])
        )
        if done.returncode:
            raise HostError(
                f"用户 {user} 没有权限使用容器引擎，sudo 也不成：{done.stderr.strip()}。"
                f"请运行 sudo usermod -aG {_GROUP} {user}，重新登录后再运行一次。"
            )
    os.execvp("sg", ["sg", _GROUP, "-c", shlex.join(arguments)])


def _in_group() -> bool:
    try:
        # `sg` makes it the effective one, and Debian 13's does not list it among the others.
        return grp.getgrnam(_GROUP).gr_gid in {os.getegid(), *os.getgroups()}
    except KeyError:
        return False


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
