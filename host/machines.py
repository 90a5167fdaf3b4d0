"""This checkout's course machines: up, down, and the way in. Container seats are the host tool's, virtual ones Vagrant's."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from host import (
    box,
    commands,
    engine,
    golden,
    image,
    install,
    keys,
    libvirt,
    lock,
    providers,
    provision,
    seat,
    settings,
    steps,
    vagrant,
)
from host.errors import HostError
from host.paths import BUILD, CHECKOUT, ROOT, SEATS
from host.steps import Progress, Say, Step

_COURSE_SEAT = re.compile(r"seat[0-9]{2,3}")
_WORK = ROOT / "host/work.sh"
_DISK_GB = 4
# What starts this command again.
AGAIN = [sys.executable, "-m", "host", *sys.argv[1:]]
_VAGRANT = ("vagrant", "vagrant-libvirt")
_LOGIN_SECONDS = 60.0
_FORWARD_SECONDS = 5.0
# Container seats that start side by side.
_TOGETHER = 4


def up(chosen: Mapping[str, str], progress: Progress) -> None:
    """Bring the machines up and provision them; running it again goes on where it stopped.

    All that can be known to be wrong is found before anything changes. Raises HostError.
    """
    provider = _provider(chosen)
    _verify_disk(provider)
    _verify_memory(provider, chosen)
    _verify_ports(chosen)
    ground = _ground(provider, chosen)
    sets = [] if chosen["provisioner"] == "ansible_local" else ["ansible"]
    plan = _host_plan(provider, sets, box.missing(chosen) if "box" in ground else [])
    host_ready = [step.name for step in plan]
    plan += [
        Step(name, lambda say, work=work: work(chosen, say), after=["主机软件"])  # type: ignore[misc]
        for name, work in ground.items()
    ]
    ready = [*host_ready, *ground]
    if provider == "docker":
        plan += [
            Step("座位", lambda say: _container_seats(chosen, say), after=ready),
            Step("配置", lambda say: _provision(chosen, say), after=["座位"]),
        ]
    else:
        plan.append(
            Step("课程机器", lambda say: _virtual_machines(provider, chosen, say), after=ready)
        )
    last = plan[-1].name
    plan.append(Step("登录", lambda say: _verify_logins(chosen, say), after=[last]))
    seconds = steps.run(plan, progress)
    (BUILD / "up-seconds.json").write_text(json.dumps(seconds, ensure_ascii=False, indent=2) + "\n")
    print(_banner(chosen), flush=True)


def tools(progress: Progress) -> None:
    """Install what the tests need: a container engine, Vagrant where the archive has it, and the pinned Python tools.

    Raises HostError.
    """
    plan = _host_plan("docker", ["ansible", "test"], install.missing(install.TEST_TOOLS))
    plan.append(Step("容器引擎", engine.ensure, after=["主机软件"]))
    if install.missing(install.VAGRANT_TOOLS):
        plan.append(Step("Vagrant", install.vagrant_if_offered, after=["主机软件"]))
    steps.run(plan, progress)


def _provider(chosen: Mapping[str, str]) -> str:
    """Return the provider of the machines that are there, else of those to be made. Raises HostError."""
    virtual = vagrant.machines()
    standing = sorted(set(virtual.values()) or ({"docker"} if seat.names() else set()))
    if chosen["provider"] == "auto" and standing:
        return standing[0]
    provider = providers.choose(chosen)
    if provider != "docker":
        vagrant.verify_origin()
    if standing and provider not in standing:
        raise HostError(
            f"这里的课程机器 {' '.join(existing())} 是 {standing[0]} 开的，不能改用 {provider}："
            "请先 make down，或另用一个目录。"
        )
    if provider == "libvirt":
        libvirt.verify_network(chosen["network"])
    return provider


def _ground(
    provider: str, chosen: Mapping[str, str]
) -> dict[str, Callable[[Mapping[str, str], Say], str]]:
    """Return what has to stand before the machines do, by its name in the progress lines."""
    if provider == "docker":
        return {"基础镜像": _container_ground}
    ground: dict[str, Callable[[Mapping[str, str], Say], str]] = {}
    if provider == "libvirt":
        ground["libvirt"] = _libvirt_ground
    if not chosen["box"] and install.find("apt-get") and not box.catalogue(chosen).exists():
        ground["box"] = box.ensure
    return ground


def _libvirt_ground(_: Mapping[str, str], say: Say) -> str:
    ready = libvirt.ensure(say)
    # The Vagrantfile gives this prefix, and vagrant-libvirt takes other letters out of it.
    prefix = re.sub(r"[^-A-Za-z0-9_.]", "", f"{ROOT.name}-{CHECKOUT}-")
    libvirt.forget_halves(prefix, existing())
    return ready


def _host_plan(provider: str, sets: list[str], more: list[str] | None = None) -> list[Step]:
    """Return the steps that install what the host lacks, once it is known that it can be installed."""
    venv = install.venv_packages() if sets else []
    wanted = [*providers.packages(provider), *venv, *(more or [])]
    install.verify_host(wanted)
    if provider == "docker":
        engine.join_group(AGAIN)
    elif provider == "libvirt":
        libvirt.join_group(AGAIN)
    first = [package for package in wanted if package not in _VAGRANT]
    vagrant = [package for package in wanted if package in _VAGRANT]
    plan = [Step("主机软件", lambda say: install.apt(first, say))]
    if provider != "docker":
        plan.append(Step("Vagrant", lambda say: install.apt(vagrant, say), after=["主机软件"]))
    if sets:
        plan.append(Step("Python 环境", lambda say: install.venv(say, sets), after=["主机软件"]))
    return plan


def down(chosen: Mapping[str, str], named: str | None, agreed: bool) -> None:
    """Destroy the machines of this checkout, or the one that is named; asks first when students' work stands on them.

    Raises HostError.
    """
    if not existing():
        print("没有课程机器。")
        return
    names = existing() if named is None else [_named(named)]
    if not agreed:
        for name in names:
            _ask_about_work(name, chosen)
    virtual = vagrant.machines()
    if made := [name for name in names if name in virtual]:
        vagrant.destroy(made, _seats(chosen))
        _write_ssh_config(chosen)
    for name in set(names) - set(virtual):
        seat.destroy(name)
        print(f"{name} 已经删除。")


def _named(name: str) -> str:
    if name not in existing():
        raise HostError(f"没有座位 {name!r}：现有 {' '.join(existing())}。")
    return name


def ssh(chosen: Mapping[str, str], name: str | None, command: str) -> NoReturn:
    """Become ssh, which logs in to a seat as the course user or runs one command there. Raises HostError."""
    names = existing()
    if not names:
        raise HostError("还没有课程机器：请先运行 make up。")
    target = names[0] if name is None else _named(name)
    if target in vagrant.machines() and f"Host {target}\n" not in _ssh_config():
        _write_ssh_config(chosen)
    # In this process's place, so that signals reach ssh itself.
    os.execvp("ssh", [*_login(target, chosen), *(["--", command] if command else [])])


def existing() -> list[str]:
    """Return the names of the course machines of this checkout, sorted."""
    return sorted({*seat.names(), *vagrant.machines()})


def _login(name: str, chosen: Mapping[str, str], *options: str) -> list[str]:
    user = chosen.get("users_name", "tarena")
    config = seat.load(name).ssh_config if name in seat.names() else str(seat.SSH_CONFIG)
    return ["ssh", "-F", config, "-o", "LogLevel=ERROR", "-l", user, *options, name]


def _verify_disk(provider: str) -> None:
    places = {"docker": [ROOT, engine.storage()], "libvirt": [ROOT, Path("/var")]}
    for place in places.get(provider, [ROOT]):
        free = shutil.disk_usage(place).free / 1e9
        if free < _DISK_GB and not existing():
            raise HostError(
                f"{place} 所在的磁盘只剩 {free:.1f} GB：请先腾出 {_DISK_GB} GB，再运行一次 make up。"
            )


def _verify_memory(provider: str, chosen: Mapping[str, str]) -> None:
    """Raise HostError where this host has too little memory for the virtual machines to be made (proc_meminfo(5))."""
    told = Path("/proc/meminfo")
    if provider == "docker" or not told.exists():
        return
    made = existing()
    new = sum(f"seat{number:02d}" not in made for number in range(1, int(chosen["seats"]) + 1))
    available = re.search(r"^MemAvailable:\s+(\d+) kB", told.read_text(encoding="ascii"), re.M)
    if new and available and new * int(chosen["memory"]) > int(available[1]) // 1024:
        raise HostError(
            f"内存不够：{new} 台虚拟机各要 {chosen['memory']} MiB（设置项 memory），主机只剩 {int(available[1]) // 1024} MiB。"
            "请减少 SEATS，或改小 memory（至少 512）。"
        )


def _verify_ports(chosen: Mapping[str, str]) -> None:
    """Raise HostError for a port of a machine to be made that something else on this host holds."""
    made = existing()
    for number in range(1, int(chosen["seats"]) + 1):
        if _seat_name(number) in made:
            continue
        for key, port in settings.host_ports(chosen, number).items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    raise HostError(
                        f"主机的端口 {port}（设置项 {key}）已被占用：请停掉占用它的程序（sudo lsof -i :{port}），"
                        f"或换一个端口，例如 COURSEBOX_{key.upper()}={port + 1000} make up。"
                    ) from error


def _container_ground(chosen: Mapping[str, str], say: Say) -> str:
    engine.ensure(say)
    keys.ensure()
    if all(seat.state(name) != "absent" for name in _wanted(chosen)):
        return "座位都已经建好，不需要"
    ensure = image.ensure if chosen["image"] == "base" else golden.ensure
    with lock.alone("image"):
        return ensure(chosen, say)


def container_seat(name: str, chosen: Mapping[str, str], say: Say) -> seat.Seat:
    """Bring up the course's container seat of that name (seat01, …), with all that it needs, and return it.

    Raises HostError.
    """
    if not _COURSE_SEAT.fullmatch(name):
        raise HostError(f"{name!r} 不是课程机器的名字：它们叫 seat01、seat02……。")
    engine.ensure(say)
    with lock.alone(name):
        if seat.state(name) == "absent":
            _verify_ports(chosen)
            _container_ground(chosen, say)
        ports = settings.host_ports(chosen, int(name[4:]))
        wanted = {guest: ports[key] for key, guest in settings.PORTS.items()}
        return seat.create(name, chosen, say, wanted)


def _container_seats(chosen: Mapping[str, str], say: Say) -> str:
    names = _wanted(chosen)
    with ThreadPoolExecutor(_TOGETHER) as pool:
        list(pool.map(lambda name: container_seat(name, chosen, say), names))
    return _ready(names)


def _provision(chosen: Mapping[str, str], say: Say) -> str:
    return provision.provision([seat.load(name) for name in _wanted(chosen)], chosen, say)


def _virtual_machines(provider: str, chosen: Mapping[str, str], say: Say) -> str:
    names = _wanted(chosen)
    vagrant.up(provider, names, _seats(chosen), say)
    _write_ssh_config(chosen)
    return _ready(names)


def _ready(names: list[str]) -> str:
    others = [name for name in existing() if name not in names]
    return f"已就绪；{' '.join(others)} 保持原样" if others else "已就绪"


def _wanted(chosen: Mapping[str, str]) -> list[str]:
    return [_seat_name(number) for number in range(1, int(chosen["seats"]) + 1)]


def _seat_name(number: int) -> str:
    return f"seat{number:02d}"


def _seats(chosen: Mapping[str, str]) -> int:
    """Return how many machines Vagrant has to know of: those of earlier, larger runs as well."""
    return max([int(chosen["seats"]), *(int(name[4:]) for name in existing())])


def _write_ssh_config(chosen: Mapping[str, str]) -> None:
    """Keep how one reaches the virtual machines, so that logging in costs no start of Vagrant."""
    virtual = list(vagrant.machines())
    blocks = vagrant.ssh_config(virtual, _seats(chosen)) if virtual else {}
    SEATS.mkdir(parents=True, exist_ok=True)
    seat.SSH_CONFIG.write_text("\n".join(blocks[name] for name in sorted(blocks)), encoding="utf-8")


def _ssh_config() -> str:
    return seat.SSH_CONFIG.read_text(encoding="utf-8") if seat.SSH_CONFIG.exists() else ""


def _verify_logins(chosen: Mapping[str, str], say: Say) -> str:
    for name in existing():
        deadline = time.monotonic() + _LOGIN_SECONDS
        while (tried := _try(name, chosen, "cut -d. -f1 /proc/uptime")).returncode:
            if time.monotonic() > deadline:
                raise HostError(f"课程用户登录不了 {name}：{tried.stderr.strip()}")
            time.sleep(0.2)
        say(f"{name} 可以登录")
        _forward(name, chosen, int(tried.stdout))
    return "全部可以登录"


def _forward(name: str, chosen: Mapping[str, str], uptime: int) -> None:
    """Reach a libvirt machine's ports from the loopback again after it rebooted: vagrant-libvirt's ssh goes on, but in vain.

    `uptime` is the machine's, in seconds. What is opened here is told to Vagrant, which ends it with the machine.
    Raises HostError.
    """
    told = ROOT / ".vagrant/machines" / name / "libvirt/pids"
    if not told.exists():
        return
    for key, port in settings.host_ports(chosen, int(name[4:])).items():
        if key == "port_ssh":
            continue
        forward = f"-L *127.0.0.1:{port}:"
        commands.run(["pkill", "--full", f"--older={uptime}", "--", forward])
        deadline = time.monotonic() + _FORWARD_SECONDS
        while commands.run(["pgrep", "--full", f"--older={uptime}", "--", forward]).stdout:
            if time.monotonic() > deadline:
                raise HostError(
                    f"端口 {port} 还被机器重启前的转发占着：请运行 pkill -f ':{port}:'。"
                )
            time.sleep(0.05)
        if _listens(port):
            continue
        way = [f"-L127.0.0.1:{port}:127.0.0.1:{settings.PORTS[key]}", name]
        options = ["-fN", "-oExitOnForwardFailure=yes", "-oControlMaster=no"]
        opened = commands.run(["ssh", "-F", str(seat.SSH_CONFIG), *options, *way], timeout=60)
        if opened.returncode:
            raise HostError(f"端口 {port} 通不到 {name}：{opened.stderr.strip()}")
        found = commands.run(["pgrep", "--newest", "--full", "--", forward])
        (told / f"ssh_{port}.pid").write_text(found.stdout.strip(), encoding="ascii")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _try(
    name: str, chosen: Mapping[str, str], command: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    login = _login(name, chosen, "-o", "BatchMode=yes", "-o", "ConnectTimeout=5")
    return commands.run([*login, command], 30, stdin=stdin)


def _ask_about_work(name: str, chosen: Mapping[str, str]) -> None:
    """Ask before a machine with students' work goes; one that cannot be looked into counts as having some."""
    looked = _try(name, chosen, "sh -s", _WORK.read_text(encoding="utf-8"))
    found = looked.stdout.splitlines()
    if looked.returncode == 0 and not found:
        return
    count = f"{len(found)} 个（例如 ~/{found[0]}）" if looked.returncode == 0 else "数目不明的"
    question = f"{name} 上有学生改过或新写的 {count} 文件，销毁后不能找回。"
    if not sys.stdin.isatty():
        raise HostError(f"{question}确定要销毁请运行 make down YES=1。")
    if input(f"{question}确定销毁吗？输入 yes：").strip() != "yes":
        raise HostError("没有销毁任何机器。")


def _ports(name: str, chosen: Mapping[str, str]) -> dict[int, int]:
    """Return which port of the host's loopback reaches which of a machine's."""
    if name in seat.names():
        known = seat.load(name)
        return {22: known.port, **{int(port): host for port, host in known.published.items()}}
    ports = settings.host_ports(chosen, int(name[4:]))
    return {guest: ports[key] for key, guest in settings.PORTS.items()}


def _banner(chosen: Mapping[str, str]) -> str:
    names = existing()
    rows = [
        f"  {name}：ssh {ports[22]}，课程服务 127.0.0.1:{ports[8888]}（机器上的 8888）"
        f" 和 127.0.0.1:{ports[8000]}（机器上的 8000）"
        for name in names
        for ports in [_ports(name, chosen)]
    ]
    user = chosen.get("users_name", "tarena")
    password = "是你在设置里给的那个" if "users_password" in chosen else "是 tarena"
    return "\n".join(
        [
            "",
            "课程机器已经就绪。",
            f"  登录：make ssh（用户 {user}，sudo 问的密码{password}）",
            "  开始：登录后输入 lab，它会告诉你从哪里学起。",
            "  端口（只在本机可达）：",
            *rows,
            "  停用：make down    再次配置：make up",
        ]
    )
