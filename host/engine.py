"""The container engine: which one answers, whether it can carry seats, and how one is started where none runs."""

from __future__ import annotations

import functools
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from host import account, commands, diagnose, install
from host.errors import HostError
from host.i18n import translated as _
from host.paths import LOGS, SYSTEMD
from host.steps import Reporter

_GROUP = "docker"
_SOCKETS = ("unix:///var/run/docker.sock", "unix:///run/docker.sock")
_PID_FILE = Path("/var/run/docker.pid")
_DEADLINE = 60.0
# A daemon that starts makes its socket first, and then lets the group use it.
_SOCKET_SECONDS = 5.0
_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
_INSTANCES = 1024
_NAMESPACES = Path("/proc/self/ns")
_NEEDED_NAMESPACES = {"cgroup", "ipc", "mnt", "net", "pid", "uts"}
_FILE_SYSTEMS = Path("/proc/filesystems")
_ROUTES = Path("/proc/net/route")
# Which lead to containers and virtual machines alone.
_BRIDGES = ("lo", "docker", "br-", "virbr", "incusbr", "lxdbr")
_ROUTES_6 = Path("/proc/net/ipv6_route")
# Since Docker 20.10, the first that gives a container a cgroup namespace of its own.
_API = (1, 41)
_LOCAL = _(
    "请取消 DOCKER_HOST 和 DOCKER_CONTEXT（unset DOCKER_HOST DOCKER_CONTEXT；docker context use default）"
)
# What `docker info` says of engines on which a seat's systemd cannot begin -> what to do.
_UNFIT = {
    "name=rootless": _(
        "是 rootless 的，座位里的 systemd 起不来：{fix}，改用系统的引擎", fix=_LOCAL
    ),
    "name=userns": _(
        "开着 userns-remap，座位里的 systemd 起不来：请从 /etc/docker/daemon.json 里去掉它，再 sudo systemctl restart docker"
    ),
    "name=selinux": _(
        "开着 SELinux 隔离，座位里的 systemd 起不来：请从 dockerd 的选项里去掉 selinux-enabled，再 sudo systemctl restart docker"
    ),
}


@dataclass(frozen=True)
class _Answer:
    """What `docker version` said, and its complaint."""

    text: str
    complaint: str

    @property
    def server(self) -> dict[str, Any]:
        """What it said of the server; nothing where none answers."""
        return _object(self.text).get("Server") or {}

    @property
    def refuses(self) -> bool:
        """Whether an engine is there, but not for this account."""
        return not self.server and "permission denied" in self.complaint.lower()


def _ask() -> _Answer:
    """Ask for the server's part, which podman under the name docker does not give.

    `docker info` would not do: since 26 it ends with 0 where the engine refuses, if a format is asked for.
    """
    asked = commands.run(["docker", "version", "--format", "{{json .}}"], timeout=30)
    return _Answer(asked.stdout, asked.stderr.strip())


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def answers() -> bool:
    """Say whether a container engine answers this account; a client alone does not count."""
    return bool(_ask().server)


def tools() -> dict[str, str]:
    """Return what this host needs for container seats, a command and its package each.

    An engine that stands already needs nothing to be started by, and a host without apt may pull images instead of
    building them. Raises HostError, as `verify` does.
    """
    verify()
    needed = dict(install.CONTAINER_TOOLS)
    asked = _ask()
    if asked.server or asked.refuses:
        for command in ("dockerd", "docker", "iptables"):
            del needed[command]
        if not install.has_apt():
            del needed["mmdebstrap"]
    return needed


def verify() -> bool:
    """Say whether an engine answers, which then can carry seats; nothing is changed.

    Raises HostError where it cannot, or where none answers and none could be started here. What is not installed at all
    does not count: it can be installed.
    """
    _verify_routes()
    asked = _ask()
    if asked.server:
        _verify_engine(asked.text)
        return True
    client = install.find("docker")
    endpoint = os.environ.get("DOCKER_HOST", "") if client is None else _endpoint(client)
    # One that refuses this account is for `join_group`.
    if not asked.refuses:
        if endpoint and endpoint not in _SOCKETS:
            raise HostError(
                _(
                    "docker 连的是 {endpoint}，那里没有引擎应答：请把它打开，或者{fix}，再运行一次。",
                    endpoint=endpoint,
                    fix=_LOCAL,
                )
            )
        _verify_host()
    return False


@functools.cache
def _verify_engine(text: str) -> None:
    """Raise HostError where the engine that said this of itself cannot carry seats; each seat asks anew."""
    _endpoint(install.find("docker") or "docker")
    _verify_server(_object(text)["Server"])


def _verify_client(client: str) -> None:
    """Podman, and others, come under the name docker."""
    if os.path.realpath(client) == "/usr/bin/snap":
        raise HostError(
            _(
                "{client} 是 snap 版的 Docker，它只读得到 home 里的文件，带不动座位：请 sudo snap remove docker，再运行一次，就会装上 docker.io。",
                client=client,
            )
        )
    said = commands.run([client, "--version"], timeout=30)
    if not said.stdout.startswith("Docker version "):
        told = (said.stdout or said.stderr).strip().partition("\n")[0]
        raise HostError(
            _(
                "{client} 不是 Docker（它说：{told}）：请卸掉它（例如 sudo apt remove podman-docker），再运行一次，就会装上 docker.io。",
                client=client,
                told=told,
            )
        )


def _endpoint(client: str) -> str:
    """Return where a client looks for its engine, as environment and contexts tell it.

    Raises HostError where that is another computer, or the client is none of Docker's.
    """
    _verify_client(client)
    form = "{{.Endpoints.docker.Host}}"
    shown = commands.run([client, "context", "inspect", "--format", form], timeout=30)
    if shown.returncode:
        raise HostError(
            _(
                "docker 不知道引擎在哪里（{said}）：{fix}，再运行一次。",
                said=shown.stderr.strip(),
                fix=_LOCAL,
            )
        )
    endpoint = shown.stdout.strip()
    if not endpoint.startswith("unix://"):
        raise HostError(
            _(
                "docker 连的是 {endpoint} 上的引擎，座位的端口不会开在这台主机上：{fix}，再运行一次。",
                endpoint=endpoint,
                fix=_LOCAL,
            )
        )
    return endpoint


def _verify_server(server: dict[str, Any]) -> None:
    parts = [part.get("Name") for part in server.get("Components") or []]
    version = server.get("Version", "?")
    if parts and "Engine" not in parts:
        raise HostError(
            _(
                "应答的不是 Docker 的引擎，而是 {engine} {version}：{fix}，再运行一次。",
                engine=parts[0],
                version=version,
                fix=_LOCAL,
            )
        )
    if tuple(map(int, str(server.get("ApiVersion", "0.0")).split("."))) < _API:
        raise HostError(
            _(
                "容器引擎 Docker {version} 太旧，座位要 20.10 或更新的：请升级它，再运行一次。",
                version=version,
            )
        )
    if server.get("Os") != "linux":
        raise HostError(
            _(
                "容器引擎运行的是 {os} 容器，座位要 linux 的：请把 Docker 切换到 Linux 容器，再运行一次。",
                os=server.get("Os"),
            )
        )
    asked = commands.run(["docker", "info", "--format", "{{json .}}"], timeout=30)
    info = _object(asked.stdout)
    if not info.get("ServerVersion"):
        raise HostError(
            _("容器引擎没有说出它是什么样的（docker info）：{said}", said=asked.stderr.strip())
        )
    if str(info.get("DockerRootDir")).startswith("/var/snap/"):
        raise HostError(
            _(
                "容器引擎是 snap 版的 Docker，它只读得到 home 里的文件，带不动座位：请 sudo snap remove docker，再运行一次，就会装上 docker.io。"
            )
        )
    if _machine(info["Architecture"]) != _machine(platform.machine()):
        raise HostError(
            _(
                "容器引擎是 {architecture} 的，这台主机是 {machine} 的：{fix}，再运行一次。",
                architecture=info["Architecture"],
                machine=platform.machine(),
                fix=_LOCAL,
            )
        )
    options = [option.partition(",")[0] for option in info.get("SecurityOptions") or []]
    for option, fix in _UNFIT.items():
        if option in options:
            raise HostError(_("容器引擎{fix}，再运行一次。", fix=fix))


def _machine(name: str) -> str:
    return {"arm64": "aarch64", "amd64": "x86_64"}.get(name, name)


def _verify_host() -> None:
    """Raise HostError where no engine could be started on this host."""
    if not sys.platform.startswith("linux"):
        raise HostError(_("没有容器引擎应答，这里也启动不了：请打开 Docker Desktop，再运行一次。"))
    lacking = _NEEDED_NAMESPACES - {path.name for path in _NAMESPACES.glob("*")}
    file_systems = _FILE_SYSTEMS.read_text(encoding="ascii").split()
    if lacking or "cgroup2" not in file_systems:
        what = f"namespace {' '.join(sorted(lacking))}" if lacking else "cgroup v2"
        raise HostError(
            _(
                "这台主机的内核（{release}）没有 {what}，开不了容器座位：请换一台主机（WSL 1 要升到 WSL 2）。",
                release=platform.release(),
                what=what,
            )
        )
    if SYSTEMD.is_dir():
        units = ["systemctl", "is-enabled", "docker.service", "docker.socket"]
        if "masked" in commands.run(units).stdout:
            raise HostError(
                _(
                    "服务 docker 被屏蔽了（masked）：请运行 sudo systemctl unmask docker.service docker.socket，再运行一次。"
                )
            )


def _verify_routes() -> None:
    """Raise HostError where IPv6 is this host's only way out: the engine gives seats IPv4 (proc_pid_net(5))."""
    if not _ROUTES.exists() or not _ROUTES_6.exists():
        return
    ipv4 = [line.split() for line in _ROUTES.read_text(encoding="ascii").splitlines()[1:]]
    ipv6 = [line.split() for line in _ROUTES_6.read_text(encoding="ascii").splitlines()]
    if any(not device.startswith(_BRIDGES) for device, *_ in ipv4):
        return
    if any(to.strip("0") + length == "00" and device != "lo" for to, length, *_, device in ipv6):
        raise HostError(
            _(
                "这台主机只有 IPv6，而座位走 IPv4 上网，装不了软件包：请给主机配一个 IPv4 出口，再运行一次。"
            )
        )


def storage() -> Path:
    """Return where the engine keeps images and seats, or would: what must have room."""
    info = _object(commands.run(["docker", "info", "--format", "{{json .}}"], timeout=30).stdout)
    root = Path(info.get("DockerRootDir") or "/var/lib/docker")
    return next(place for place in [root, *root.parents] if place.exists())


def ensure(report: Reporter) -> str:
    """Start the engine where it does not run, and wait until it answers.

    Raises HostError when it cannot carry seats, or does not answer within a minute.
    """
    standing = verify()
    _make_room(report)
    if standing:
        return _("已在运行")
    report(_("启动容器引擎"))
    if SYSTEMD.is_dir() and not commands.run(["systemctl", "cat", "docker.service"]).returncode:
        started = commands.run(commands.as_root(["systemctl", "start", "docker"]), _DEADLINE)
        if started.returncode:
            raise HostError(_start_failure(started.stderr.strip()))
        _wait(None)
    else:
        _wait(_start_daemon())
    return _("已启动")


def _start_failure(said: str) -> str:
    """Return why `systemctl start docker` failed: systemd itself only names the journal."""
    words = ["journalctl", "--no-pager", "--output=cat", "--lines=30", "--unit=docker"]
    journal = commands.run(commands.as_root(words)).stdout
    what = _("systemctl start docker 没有成功")
    return diagnose.failure(what, f"{said}\n{journal}", "journalctl -u docker")


def _make_room(report: Reporter) -> None:
    """Let the kernel watch for more than the 22 seats or so that its usual limit allows, until the next boot.

    systemd in a container that cannot have an inotify instance (inotify(7)) does not come up.
    """
    if not _INOTIFY.exists() or int(_INOTIFY.read_text(encoding="ascii")) >= _INSTANCES:
        return
    try:
        raised = commands.run(commands.as_root(["sh", "-c", f"echo {_INSTANCES} > {_INOTIFY}"]))
        said = raised.stderr.strip()
    except HostError as error:
        said = str(error)
    if said:
        report(
            _(
                "内核只让开大约 20 个座位：{inotify} 改不到 {instances}（{said}）",
                inotify=_INOTIFY,
                instances=_INSTANCES,
                said=said,
            )
        )


def enter_group(arguments: Sequence[str]) -> None:
    """Start `arguments` again within the engine's group, where the account joined it after its login."""
    account.enter(_GROUP, arguments)


def join_group(arguments: Sequence[str]) -> None:
    """Let an account that the engine does not answer join its group, and start `arguments` again within it.

    Returns where nothing is to be done; raises HostError where the account cannot be helped.
    """
    if not answers():
        account.join(_GROUP, arguments)


def _start_daemon() -> subprocess.Popen[bytes]:
    """Start dockerd by hand, in a session of its own, so that it outlives this command."""
    if _PID_FILE.exists() and not _runs_dockerd(_PID_FILE.read_text(encoding="ascii").strip()):
        commands.run(commands.as_root(["rm", "-f", str(_PID_FILE)]))
    LOGS.mkdir(parents=True, exist_ok=True)
    daemon = install.find("dockerd")
    if daemon is None:
        raise HostError(_("缺少容器引擎 dockerd：请安装 docker.io（apt install docker.io）。"))
    with (LOGS / "dockerd.log").open("wb") as log:
        return subprocess.Popen(
            # Sudo knows its user by the terminal, so it must not be in the new session itself.
            commands.as_root(["setsid", daemon]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
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
    while not (asked := _ask()).server:
        log = LOGS / "dockerd.log"
        if daemon is not None and daemon.poll() is not None:
            raise HostError(diagnose.failure(_("容器引擎起不来"), commands.tail(log, 8), str(log)))
        if asked.refuses and time.monotonic() > deadline - _DEADLINE + _SOCKET_SECONDS:
            raise HostError(
                _(
                    "容器引擎不让这个用户使用它（{complaint}）：请看它的 socket 属于哪个组，加入那个组，重新登录后再运行一次。",
                    complaint=asked.complaint,
                )
            )
        if time.monotonic() > deadline:
            raise HostError(
                _(
                    "容器引擎 {seconds:.0f} 秒内没有应答（{complaint}）：请看 {log} 或 journalctl -u docker。",
                    seconds=_DEADLINE,
                    complaint=asked.complaint,
                    log=log,
                )
            )
        time.sleep(0.2)
