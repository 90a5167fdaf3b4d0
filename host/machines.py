"""This checkout's course machines: up, down, and the way in. Vagrant owns them; this drives Vagrant."""

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
from pathlib import Path

from host import (
    box,
    commands,
    engine,
    golden,
    image,
    install,
    keys,
    libvirt,
    providers,
    settings,
    steps,
)
from host.errors import HostError
from host.paths import BUILD, CHECKOUT, LOGS, ROOT, SEATS
from host.steps import Progress, Say, Step

_SSH_CONFIG = SEATS / "ssh_config"
_DISK_GB = 4
_VAGRANT = ("vagrant", "vagrant-libvirt")
_TASK = re.compile(r"^TASK \[(?P<role>[\w-]+) : (?P<task>.+?)\]")
_LOGIN_SECONDS = 60.0
_FORWARD_SECONDS = 5.0
_NO_BOX = "下载不了 box：请检查网络和设置项 box、box_url、box_version。"
# What Vagrant and its providers say of what users can mend -> what to do; the first that is found counts.
_CURES = {
    "No space left on device": "磁盘满了：请先腾出空间。",
    "checksum of the downloaded box did not match": "box 的校验和对不上：它下载坏了，或者设置项 box_checksum 写错了。"
    "请核对 box_url 和 box_checksum；自己做的 box 就再运行一次 make box。",
    "box failed to unpackage properly": "box 坏了，解不开：请重新下载；自己做的就再运行一次 make box。",
    "error while downloading the metadata for this box": _NO_BOX,
    "error occurred while downloading the remote file": _NO_BOX,
    "could not be accessed in the remote catalog": _NO_BOX,
    "box you're attempting to add doesn't support the provider": "这个 box 不支持所选的 provider：请换一个 box，或换一个 PROVIDER。",
    "Network is already in use": "虚拟机的网络（设置项 network）已经有人在用：请换一段，例如 COURSEBOX_NETWORK=192.168.222.0/24。",
    "Could not open /dev/kvm": "没有权限使用 /dev/kvm：请把自己加入 kvm 组（sudo usermod -aG kvm $USER），重新登录。",
}
# Counts the files in ~/labs that differ from what provisioning laid there; run on the seat.
_WORK = (
    "cd ~/labs 2>/dev/null || { echo 0; exit; }; "
    "find . -type f ! -name '*.pyc' | while IFS= read -r f; do p=${f#./}; id=${p%%/*}; "
    "case $p in */work/*) p=$id/starter/${p#*/work/};; esac; "
    'cmp -s "$f" "/opt/coursebox/current/labfiles/${id%%.*}/$p" || echo "$f"; done | wc -l'
)


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
    plan += [
        Step(name, lambda say, work=work: work(chosen, say), after=["主机软件"])  # type: ignore[misc]
        for name, work in ground.items()
    ]
    before_machines = [step.name for step in plan]
    plan += [
        Step("课程机器", lambda say: _vagrant_up(provider, chosen, say), after=before_machines),
        Step("登录", lambda say: _verify_logins(chosen, say), after=["课程机器"]),
    ]
    seconds = steps.run(plan, progress)
    (BUILD / "up-seconds.json").write_text(json.dumps(seconds, ensure_ascii=False, indent=2) + "\n")
    print(_banner(chosen), flush=True)


def tools(progress: Progress) -> None:
    """Install what the tests need: a container engine, Vagrant, and the pinned Python tools. Raises HostError."""
    plan = _host_plan("docker", ["ansible", "test"], install.missing(install.TEST_TOOLS))
    plan.append(Step("容器引擎", engine.ensure, after=["主机软件"]))
    steps.run(plan, progress)


def _provider(chosen: Mapping[str, str]) -> str:
    """Return the provider of the machines that are there, else of those to be made. Raises HostError."""
    standing = sorted({path.parts[-2] for path in _ids()})
    if chosen["provider"] == "auto" and standing:
        return standing[0]
    provider = providers.choose(chosen)
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
        engine.join_group([sys.executable, "-m", "host", *sys.argv[1:]])
    first = [package for package in wanted if package not in _VAGRANT]
    vagrant = [package for package in wanted if package in _VAGRANT]
    plan = [
        Step("主机软件", lambda say: install.apt(first, say)),
        Step("Vagrant", lambda say: install.apt(vagrant, say), after=["主机软件"]),
    ]
    if sets:
        plan.append(Step("Python 环境", lambda say: install.venv(say, sets), after=["主机软件"]))
    return plan


def down(chosen: Mapping[str, str], seat: str, agreed: bool) -> None:
    """Destroy the machines of this checkout, or the one that is named; asks first when students' work stands on them.

    Raises HostError.
    """
    if not existing():
        print("没有课程机器。")
        return
    names = [_named(seat)] if seat else existing()
    if not agreed:
        for name in names:
            _ask_about_work(name, chosen)
    code = commands.logged(
        ["vagrant", "destroy", "--force", *names],
        LOGS / "vagrant.log",
        watch=print,
        environ=_all_seats(chosen),
    )
    if code:
        raise HostError(f"vagrant destroy 没有成功，详情见 {LOGS / 'vagrant.log'}。")
    if not existing():
        _SSH_CONFIG.unlink(missing_ok=True)


def _named(seat: str) -> str:
    if seat not in existing():
        raise HostError(f"没有座位 {seat}：现有 {' '.join(existing())}。")
    return seat


def ssh(chosen: Mapping[str, str], name: str, command: str) -> int:
    """Log in to a seat as the course user, or run one command there; return ssh's exit code. Raises HostError."""
    names = existing()
    if not names:
        raise HostError("还没有课程机器：请先运行 make up。")
    target = _named(name) if name else names[0]
    if f"Host {target}\n" not in _ssh_config():
        _write_ssh_config([target], chosen)
    return os.spawnvp(os.P_WAIT, "ssh", [*_login(target, chosen), *([command] if command else [])])


def existing() -> list[str]:
    """Return the names of the machines that Vagrant has made for this checkout, sorted."""
    return sorted({path.parts[-3] for path in _ids()})


def _ids() -> list[Path]:
    return list((ROOT / ".vagrant/machines").glob("*/*/id"))


def _login(name: str, chosen: Mapping[str, str], *options: str) -> list[str]:
    user = chosen.get("users_name", "tarena")
    return ["ssh", "-F", str(_SSH_CONFIG), "-o", "LogLevel=ERROR", "-l", user, *options, name]


def _verify_disk(provider: str) -> None:
    places = [ROOT, Path("/var")] if provider in ("docker", "libvirt") else [ROOT]
    for place in places:
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
    for seat in range(1, int(chosen["seats"]) + 1):
        if f"seat{seat:02d}" in made:
            continue
        for key, port in settings.host_ports(chosen, seat).items():
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
    ensure = image.ensure if chosen["image"] == "base" else golden.ensure
    return ensure(chosen, say)


def _vagrant_up(provider: str, chosen: Mapping[str, str], say: Say) -> str:
    log = LOGS / "vagrant.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("", encoding="utf-8")
    role = ""

    def watch(line: str) -> None:
        nonlocal role
        task = _TASK.match(line)
        if task and task["role"] != role:
            role = task["role"]
            say(f"配置 {role}")

    names = [f"seat{number:02d}" for number in range(1, int(chosen["seats"]) + 1)]
    command = ["vagrant", "up", f"--provider={provider}", "--provision", *names]
    if commands.logged(command, log, watch, _all_seats(chosen)):
        raise HostError(f"{_failure(log)}\n详情见 {log}；改好后再运行一次 make up 就会接着做。")
    _write_ssh_config(names, chosen)
    others = [name for name in existing() if name not in names]
    return f"已就绪；{' '.join(others)} 保持原样" if others else "已就绪"


def _all_seats(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which Vagrant knows the machines of earlier, larger runs as well."""
    numbers = [int(name[4:]) for name in existing()]
    return {"COURSEBOX_SEATS": str(max([int(chosen["seats"]), *numbers]))}


def _failure(log: Path) -> str:
    """Return the part of Vagrant's log that says why it failed."""
    text = log.read_text(encoding="utf-8", errors="replace")
    for mark, cure in _CURES.items():
        if mark in text:
            return cure
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith(("fatal:", "[ERROR]")) or "FAILED!" in line:
            return "\n".join(lines[number : number + 12])
    return "\n".join(lines[-12:])


def _write_ssh_config(names: list[str], chosen: Mapping[str, str]) -> None:
    """Keep Vagrant's ssh settings of these machines, so that logging in costs no start of Vagrant."""
    shown = commands.run(["vagrant", "ssh-config", *names], environ=_all_seats(chosen))
    if shown.returncode:
        raise HostError(f"vagrant ssh-config 没有成功：{shown.stderr.strip()}")
    blocks = re.split(r"^(?=Host )", _ssh_config() + shown.stdout, flags=re.M)
    # The newest block of a machine is the one that counts.
    newest = {block.split()[1]: block.rstrip("\n") for block in blocks if block.startswith("Host ")}
    SEATS.mkdir(parents=True, exist_ok=True)
    _SSH_CONFIG.write_text("".join(f"{block}\n\n" for block in newest.values()), encoding="utf-8")


def _ssh_config() -> str:
    return _SSH_CONFIG.read_text(encoding="utf-8") if _SSH_CONFIG.exists() else ""


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
        opened = commands.run(["ssh", "-F", str(_SSH_CONFIG), *options, *way], timeout=60)
        if opened.returncode:
            raise HostError(f"端口 {port} 通不到 {name}：{opened.stderr.strip()}")
        found = commands.run(["pgrep", "--newest", "--full", "--", forward])
        (told / f"ssh_{port}.pid").write_text(found.stdout.strip(), encoding="ascii")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _try(name: str, chosen: Mapping[str, str], command: str) -> subprocess.CompletedProcess[str]:
    return commands.run(
        [*_login(name, chosen, "-o", "BatchMode=yes", "-o", "ConnectTimeout=5"), command], 30
    )


def _ask_about_work(name: str, chosen: Mapping[str, str]) -> None:
    """Ask before a machine with students' work goes; one that cannot be looked into counts as having some."""
    looked = _try(name, chosen, _WORK) if _SSH_CONFIG.exists() else None
    if looked is not None and looked.returncode == 0 and looked.stdout.strip() == "0":
        return
    count = looked.stdout.strip() if looked is not None and looked.returncode == 0 else "数目不明的"
    question = f"{name} 上的 ~/labs 里有学生改过或新写的 {count} 个文件，销毁后不能找回。"
    if not sys.stdin.isatty():
        raise HostError(f"{question}确定要销毁请运行 make down YES=1。")
    if input(f"{question}确定销毁吗？输入 yes：").strip() != "yes":
        raise HostError("没有销毁任何机器。")


def _banner(chosen: Mapping[str, str]) -> str:
    names = existing()
    rows = [
        f"  {name}：ssh {ports['port_ssh']}，课程服务 127.0.0.1:{ports['port_echo']}（机器上的 8888）"
        f" 和 127.0.0.1:{ports['port_http']}（机器上的 8000）"
        for name in names
        for ports in [settings.host_ports(chosen, int(name[4:]))]
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
