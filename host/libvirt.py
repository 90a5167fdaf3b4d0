"""libvirt with QEMU: whether it works, how it is started, and what stands in the way of a machine's network."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from host import account, commands, install
from host.errors import HostError
from host.i18n import translated as _
from host.paths import ROOT, SSH_CONFIG, SYSTEMD
from host.steps import Reporter

_TOOLS = {
    "libvirtd": "libvirt-daemon-system",
    "virsh": "libvirt-clients",
    "dnsmasq": "dnsmasq-base",
    "iptables": "iptables",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "pkill": "procps",
    "ssh": "openssh-client",
}
# Where Debian's Vagrant finds it; hosts may have been set up without anything under /usr/share/doc.
PLUGIN = {"/usr/share/vagrant-plugins/plugins.d/vagrant-libvirt.json": "vagrant-libvirt"}
_URI = "qemu:///system"
_GROUP = "libvirt"
# One daemon that does all, or one for each kind of thing (libvirt.org/daemons.html); what either logs by.
_MONOLITHIC = ("virtlogd", "libvirtd")
_MODULAR = ("virtlogd", "virtnetworkd", "virtstoraged", "virtnodedevd", "virtqemud")
_DEADLINE = 20.0
_FORWARD_SECONDS = 5.0
_POOL = "default"
# The disk of a machine that has never run holds nothing but qcow2's tables; a single boot writes more than this.
_UNUSED_BYTES = 4 * 2**20
# How vagrant-libvirt names the copy of a box in libvirt's pool.
_BOX_VOLUME = re.compile(
    r"(?P<box>.+-VAGRANTSLASH-.+)_vagrant_box_image_(?P<version>[^_]+)_box\.img$"
)


def answers() -> bool:
    """Say whether the system's libvirt answers."""
    return _ask().returncode == 0


def _ask() -> subprocess.CompletedProcess[str]:
    return commands.run(["virsh", "-c", _URI, "list"], timeout=20, environ={"LC_ALL": "C"})


def _refuses(asked: subprocess.CompletedProcess[str]) -> bool:
    """Say whether libvirt is there, but not for this account: its socket or polkit says so."""
    said = asked.stderr.lower()
    marks = ("permission denied", "authentication unavailable", "authentication failed")
    return asked.returncode != 0 and any(mark in said for mark in marks)


def tools() -> dict[str, str]:
    """Return what this host needs for libvirt's machines, a command and its package each.

    A libvirt that stands already needs no daemon of another kind beside it.
    """
    asked = _ask()
    stands = asked.returncode == 0 or _refuses(asked) or install.find("virtqemud")
    return {each: package for each, package in _TOOLS.items() if each != "libvirtd" or not stands}


def join_group(arguments: Sequence[str]) -> None:
    """Let an account that libvirt does not answer join its group, and start `arguments` again within it.

    Returns where nothing is to be done; raises HostError where the account cannot be helped.
    """
    if not answers():
        account.join(_GROUP, arguments)


def accelerated() -> bool:
    """Say whether the processor really virtualises: /dev/kvm may stand on one that does not.

    settings/settings.rb asks the same for the Vagrantfile.
    """
    told = Path("/proc/cpuinfo")
    flags = told.read_text(encoding="utf-8", errors="replace").split() if told.exists() else []
    return os.access("/dev/kvm", os.R_OK | os.W_OK) and bool({"vmx", "svm"} & set(flags))


def ensure(report: Reporter) -> str:
    """Start libvirt where it does not run, and wait until it answers. Raises HostError."""
    how = _("硬件虚拟化") if accelerated() else _("软件模拟（没有可用的硬件虚拟化，会慢一些）")
    if answers():
        return _("已在运行，{how}", how=how)
    report(_("启动 libvirt"))
    if SYSTEMD.is_dir():
        _run(["systemctl", "start", *_units()])
    else:
        for daemon in _MONOLITHIC if install.find("libvirtd") else _MODULAR:
            if not _runs(daemon):
                _run([install.find(daemon) or daemon, "--daemon"])
    deadline = time.monotonic() + _DEADLINE
    while (tried := _ask()).returncode:
        if _refuses(tried) or time.monotonic() > deadline:
            told = (
                _("不让这个用户使用它")
                if _refuses(tried)
                else _("在 {seconds:.0f} 秒内没有应答", seconds=_DEADLINE)
            )
            said = " ".join(tried.stderr.split())
            raise HostError(
                _(
                    "libvirt {told}（{said}）：请看自己在不在 {group} 组里（重新登录才算数）和 journalctl -u libvirtd，或改用 PROVIDER=docker。",
                    told=told,
                    said=said,
                    group=_GROUP,
                )
            )
        time.sleep(0.2)
    return _("已启动，{how}", how=how)


def _units() -> list[str]:
    """Return the units of the kind of libvirt that this host has: sockets, which start their daemons when they are needed."""
    if commands.run(["systemctl", "cat", "libvirtd.service"]).returncode == 0:
        return ["libvirtd.service"]
    return [f"{daemon}.socket" for daemon in _MODULAR]


def _run(command: list[str]) -> None:
    done = commands.run(commands.as_root(command), timeout=60)
    if done.returncode:
        raise HostError(
            _(
                "libvirt 起不来：{command} 说 {said}。改用 PROVIDER=docker 也可以。",
                command=" ".join(command),
                said=" ".join((done.stderr or done.stdout).split()),
            )
        )


def _runs(name: str) -> bool:
    """Say whether a process of that name runs; a pid file may outlive its process."""
    for status in Path("/proc").glob("[0-9]*/comm"):
        try:
            if status.read_text(encoding="utf-8", errors="replace").strip() == name:
                return True
        except OSError:
            continue
    return False


def remove_partial(prefix: str, known: Collection[str]) -> None:
    """Remove what a `vagrant up` that was killed left half-made: a machine of this checkout that Vagrant does not know and
    that has never run, and a box whose copy into libvirt's pool was cut off.

    `prefix` is what the names of this checkout's machines begin with, `known` are the machines that Vagrant knows. Raises
    HostError, also for an unknown machine that has run: a checkout that stood here before may have left it, with work on it.
    """
    if _POOL not in _virsh("pool-list", "--all", "--name").split():
        return
    if _POOL not in _virsh("pool-list", "--name").split():
        _virsh("pool-start", _POOL)
    # A table of names and paths, under two lines of heading.
    listed = _virsh("vol-list", _POOL).splitlines()[2:]
    volumes = [line.split()[0] for line in listed if line.strip()]
    _remove_unused(prefix, known, volumes)
    for volume in volumes:
        match = _BOX_VOLUME.match(volume)
        if match is None:
            continue
        originals = list(
            (_vagrant_home() / "boxes" / match["box"] / match["version"]).glob("**/box.img")
        )
        if originals and 0 < _size(volume) < originals[0].stat().st_size:
            _virsh("vol-delete", volume, "--pool", _POOL)


def _remove_unused(prefix: str, known: Collection[str], volumes: Collection[str]) -> None:
    disks = {volume.removesuffix(".img"): volume for volume in volumes if volume.endswith(".img")}
    machines = _virsh("list", "--all", "--name").split()
    for name in sorted({*disks, *machines}):
        if not name.startswith(prefix) or name.removeprefix(prefix) in known:
            continue
        size = _size(disks[name]) if name in disks else 0
        if size > _UNUSED_BYTES:
            remove = [f"virsh -c {_URI} vol-delete {disks[name]} --pool {_POOL}"]
            if name in machines:
                remove.insert(0, f"virsh -c {_URI} undefine {name} --nvram")
                remove.insert(0, f"virsh -c {_URI} destroy {name}")
            raise HostError(
                _(
                    "libvirt 里还有这个目录从前的虚拟机 {name}（{disk}，{megabytes} MB），可能有作业，没有动它，但是它占着名字。"
                    "先取出要的文件（例如 virt-copy-out -a {disk} /home .），再运行 {remove}，然后再来一次。",
                    name=name,
                    disk=_virsh("vol-path", disks[name], "--pool", _POOL).strip(),
                    megabytes=size // 10**6,
                    remove="; ".join(remove),
                )
            )
        if name in machines:
            commands.run(["virsh", "-c", _URI, "destroy", name])
            _virsh("undefine", name, "--nvram")
        if name in disks:
            _virsh("vol-delete", disks[name], "--pool", _POOL)


def _size(volume: str) -> int:
    """Return how many bytes of the host's disk a volume takes, 0 where libvirt does not say."""
    described = _virsh("vol-dumpxml", volume, "--pool", _POOL)
    size = re.search(r"<physical unit='bytes'>(\d+)<", described)
    return int(size[1]) if size else 0


def _vagrant_home() -> Path:
    return Path(os.environ.get("VAGRANT_HOME") or Path.home() / ".vagrant.d")


def _virsh(*arguments: str) -> str:
    done = commands.run(["virsh", "-c", _URI, *arguments], timeout=60)
    if done.returncode:
        raise HostError(
            _(
                "virsh {arguments} 没有成功：{said}",
                arguments=" ".join(arguments),
                said=done.stderr.strip(),
            )
        )
    return done.stdout


def verify_network(wanted: str) -> None:
    """Raise HostError where this host already reaches addresses of `wanted` (a network such as 192.168.121.0/24).

    libvirt's own bridges do not count; libvirt itself refuses a network that another of its networks has.
    """
    try:
        network = ipaddress.ip_network(wanted)
    except ValueError as error:
        raise HostError(
            _("设置项 network 的值 {wanted!r} 不能用：{error}。", wanted=wanted, error=error)
        ) from error
    listed = commands.run(["ip", "-json", "-4", "route", "show"])
    for route in json.loads(listed.stdout.strip() or "[]"):
        if route["dst"] == "default" or route.get("dev", "").startswith("virbr"):
            continue
        if network.overlaps(ipaddress.ip_network(route["dst"])):
            raise HostError(
                _(
                    "虚拟机的网络 {wanted}（设置项 network）与主机 {dev} 上的 {dst} 重叠：请换一段没有人用的，例如 COURSEBOX_NETWORK=192.168.222.0/24 make up PROVIDER=libvirt。",
                    wanted=wanted,
                    dev=route.get("dev"),
                    dst=route["dst"],
                )
            )


def forward(name: str, ports: Mapping[int, int], uptime: int) -> None:
    """Reach a machine's ports from the loopback again after it rebooted: vagrant-libvirt's ssh goes on, but in vain.

    `ports` are the host's, by the machine's that they reach; `uptime` is the machine's, in seconds. Vagrant is told what is
    opened here, and ends it with the machine. Another provider's machine is left alone. Raises HostError.
    """
    noted = ROOT / ".vagrant/machines" / name / "libvirt/pids"
    if not noted.exists():
        return
    for guest, port in ports.items():
        if guest == 22:
            continue
        forward = f"-L *127.0.0.1:{port}:"
        commands.run(["pkill", "--full", f"--older={uptime}", "--", forward])
        deadline = time.monotonic() + _FORWARD_SECONDS
        while commands.run(["pgrep", "--full", f"--older={uptime}", "--", forward]).stdout:
            if time.monotonic() > deadline:
                raise HostError(
                    _(
                        "端口 {port} 还被机器重启前的转发占着：请运行 pkill -f ':{port}:'。",
                        port=port,
                    )
                )
            time.sleep(0.05)
        if _listens(port):
            continue
        way = [f"-L127.0.0.1:{port}:127.0.0.1:{guest}", name]
        options = ["-fN", "-oExitOnForwardFailure=yes", "-oControlMaster=no"]
        opened = commands.run(["ssh", "-F", str(SSH_CONFIG), *options, *way], timeout=60)
        if opened.returncode:
            raise HostError(
                _(
                    "端口 {port} 通不到 {name}：{said}",
                    port=port,
                    name=name,
                    said=opened.stderr.strip(),
                )
            )
        found = commands.run(["pgrep", "--newest", "--full", "--", forward])
        (noted / f"ssh_{port}.pid").write_text(found.stdout.strip(), encoding="ascii")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
