"""Installs on a Debian or Ubuntu host what is missing: apt packages and the checkout's virtual environment."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from host import commands, diagnose
from host.errors import HostError
from host.i18n import translated as _
from host.paths import LOGS, ROOT, VENV
from host.steps import Progress, Reporter

# A command, or a file that is none -> the package that brings it; of several the first that the archive has (Debian 13
# moved the docker command into a package of its own).
CONTAINER_TOOLS = {
    "dockerd": "docker.io",
    "docker": "docker-cli|docker.io",
    "iptables": "iptables",
    "mmdebstrap": "mmdebstrap",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
}
# What lets an account use a group that it has just joined; Debian testing moved it out of login.
GROUP_TOOLS = {"sg": "util-linux-extra|login"}
VAGRANT_TOOLS = {"vagrant": "vagrant"}
# The board's page is tested in a real browser, the boxes in real virtual machines with firmware of either kind; what
# libvirt needs, `make up` installs in the tests as it does elsewhere.
TEST_TOOLS = {
    "chromium": "chromium|chromium-browser",
    "curl": "curl",
    # Vagrant brings one of its own, where it is; the Vagrantfile's parts are tested without.
    "ruby": "ruby",
    "qemu-system-x86_64": "qemu-system-x86",
    "/usr/share/OVMF/OVMF_CODE_4M.fd": "ovmf",
}
_APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300")
# A line of `apt-cache policy` for an index that was fetched.
_LISTED = re.compile(r"^ *-?\d+ .+ Packages$", re.M)
# The oldest that knows triggers in Ruby, and the first with all that the Vagrantfile says.
_VAGRANT = (2, 2)
# What stands on a host is not ours to remove: Docker's own packages and podman-docker conflict with Debian's.
_OPTIONS = ("--no-install-recommends", "--no-remove")
# How one chooses another index.
PIP_MIRROR = _("用 pip config set global.index-url 换成能用的镜像")
_SHEBANG = re.compile(rb"#!(?:/bin/sh\n'''exec' .*\n' '''|.*/bin/python[0-9.]*)\n")
_VENV_TURN = threading.Lock()


def find(command: str) -> str | None:
    """Return the path of a command, also where only root's PATH has it, or of a file; None when it is absent."""
    if command.startswith("/"):
        return command if Path(command).exists() else None
    return shutil.which(
        command, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    )


def missing(tools: dict[str, str]) -> list[str]:
    """Return the apt packages that the absent commands among `tools` need, sorted, each once."""
    return sorted({package for command, package in tools.items() if find(command) is None})


def venv_packages() -> list[str]:
    """Return the apt packages that a virtual environment needs on this host."""
    if commands.run([sys.executable, "-c", "import ensurepip, venv"]).returncode == 0:
        return []
    return ["python3-venv"]


def has_apt() -> bool:
    """Say whether this host installs packages as Debian does; some others have a command of apt's name."""
    return find("apt-get") is not None and find("dpkg") is not None


def verify_host(packages: Iterable[str]) -> None:
    """Raise HostError where packages are missing that this host cannot install by apt."""
    wanted = list(packages)
    if wanted and not has_apt():
        names = " ".join(package.partition("|")[0] for package in wanted)
        raise HostError(
            _(
                "缺少 {names}（Debian 里的名字），而这台主机没有 apt：请用系统自己的包管理器装好并打开它们，再运行一次 make up。",
                names=names,
            )
        )
    if wanted:
        commands.as_root([])


def apt(packages: Sequence[str], report: Reporter) -> str:
    """Install apt packages on the host after saying so; waits for a lock that another apt holds."""
    if not packages:
        return _("已经装好")
    log = LOGS / "apt.log"
    report(_("安装 {packages}", packages=" ".join(packages)))
    unfinished = commands.run(["dpkg", "--audit"]).stdout.strip()
    if unfinished:
        commands.logged(commands.as_root(["dpkg", "--configure", "-a"]), log)
    commands.logged(commands.as_root([*_APT, "update"]), log)
    packages = sorted({_available(package) for package in packages})
    code = commands.logged(commands.as_root([*_APT, "install", "-y", *_OPTIONS, *packages]), log)
    if code:
        what = _("apt 装不上 {packages}", packages=" ".join(packages))
        raise HostError(diagnose.failure(what, commands.tail(log), str(log)))
    return _("装好")


def ensure(packages: Sequence[str], progress: Progress) -> None:
    """Install apt packages as a step of its own. Raises HostError where this host cannot."""
    verify_host(packages)
    progress.line(_("主机软件"), apt(packages, progress.reporter(_("主机软件"))))


def vagrant_if_offered(report: Reporter) -> str:
    """Install Vagrant where the archive has it, which container seats do without. Raises HostError."""
    if _offered("vagrant"):
        return apt(["vagrant"], report)
    return _("软件源里没有，跳过（只有虚拟机用得上它）")


def _available(package: str) -> str:
    """Return which of the alternatives `a|b` apt can install, the last one where it knows none of them."""
    *first, last = package.split("|")
    return next((name for name in first if _offered(name)), last)


def _offered(package: str) -> bool:
    shown = commands.run(["apt-cache", "policy", package], environ={"LC_ALL": "C"}).stdout
    return "Candidate:" in shown and "Candidate: (none)" not in shown


def verify_vagrant() -> None:
    """Raise HostError where Vagrant is missing, or does not work, and the archive has none to install.

    Nothing but apt's lists is changed, and those only where this host has none yet.
    """
    found = find("vagrant")
    if found is not None:
        said = commands.run([found, "--version"], timeout=60)
        version = re.match(r"Vagrant (\d+)\.(\d+)", said.stdout)
        if said.returncode or version is None or (int(version[1]), int(version[2])) < _VAGRANT:
            told = (said.stdout + said.stderr).strip().partition("\n")[0]
            raise HostError(
                _(
                    "{found} 用不了（它说：{told}）：请重新安装 Vagrant（2.2 或更新的），或改用 PROVIDER=docker。",
                    found=found,
                    told=told,
                )
            )
        return
    if not has_apt():
        return
    if not _offered("vagrant") and not _LISTED.search(commands.run(["apt-cache", "policy"]).stdout):
        commands.logged(commands.as_root([*_APT, "update"]), LOGS / "apt.log")
    if not _offered("vagrant"):
        raise HostError(
            _(
                "这台主机的软件源里没有 Vagrant（Ubuntu 从 24.04 起没有），虚拟机要用它：请按 docs/reference/hosts.md 从 HashiCorp 的软件源装上它，或改用 PROVIDER=docker，那不需要 Vagrant。"
            )
        )


def venv(report: Reporter, sets: Sequence[str] = ("ansible",)) -> str:
    """Bring the checkout's virtual environment to the pinned requirements of `sets` (files of requirements/).

    Steps that run side by side may call it; one after the other gets its turn. Raises HostError.
    """
    with _VENV_TURN:
        return _venv(report, sets)


def _venv(report: Reporter, sets: Sequence[str]) -> str:
    stamp = VENV / "coursebox-requirements"
    files = [ROOT / "requirements" / f"{name}.txt" for name in sets]
    wanted = [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
    here = f"in {VENV.resolve()}"
    have = stamp.read_text(encoding="utf-8").splitlines() if stamp.exists() else []
    log = LOGS / "venv.log"
    # Its Python may be gone, or be a newer one that finds nothing of what was installed.
    healthy = commands.run([str(VENV / "bin/python"), "-c", "import pip"]).returncode == 0
    if healthy and set(wanted) <= set(have):
        if here not in have:
            _rehome()
            kept = [line for line in have if not line.startswith("in ")]
            _stamp(stamp, [*kept, here])
        return _("已经是要求的版本")
    report(
        _(
            "安装 {files} 里固定的版本",
            files=_("、").join(f"requirements/{path.name}" for path in files),
        )
    )
    stamp.unlink(missing_ok=True)
    if not healthy:
        packages = venv_packages()
        verify_host(packages)
        apt(packages, report)
    if not healthy and commands.logged([sys.executable, "-m", "venv", "--clear", str(VENV)], log):
        raise HostError(
            _(
                "建不成虚拟环境 {venv}，详情见 {log}：\n{tail}",
                venv=VENV,
                log=log,
                tail=commands.tail(log),
            )
        )
    arguments = [argument for path in files for argument in ("-r", str(path))]
    pip = [str(VENV / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if commands.logged([*pip, *arguments], log):
        raise HostError(
            diagnose.failure(_("pip 装不上要求的版本"), commands.tail(log), str(log), PIP_MIRROR)
        )
    _rehome()
    others = [
        line for line in have if line.split()[0] not in {"in", *(path.name for path in files)}
    ]
    _stamp(stamp, [*(others if healthy else []), *wanted, here])
    return _("装好")


def _stamp(stamp: Path, lines: Sequence[str]) -> None:
    stamp.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _rehome() -> None:
    """Let the scripts of the virtual environment name its Python where it stands now, wherever it was made."""
    # The form that pip takes where the path is long or has a blank: a program for the shell and for Python.
    head = f"#!/bin/sh\n'''exec' \"{VENV.resolve()}/bin/python\" \"$0\" \"$@\"\n' '''\n".encode()
    for script in (VENV / "bin").iterdir():
        content = b"" if script.is_symlink() or script.is_dir() else script.read_bytes()
        found = _SHEBANG.match(content)
        if found and found[0] != head:
            mode = script.stat().st_mode
            script.with_name(f"{script.name}.new").write_bytes(head + content[found.end() :])
            script.with_name(f"{script.name}.new").chmod(mode)
            script.with_name(f"{script.name}.new").replace(script)
