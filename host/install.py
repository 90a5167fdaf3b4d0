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

from host import commands
from host.errors import HostError
from host.paths import LOGS, ROOT, VENV
from host.steps import Say

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
VAGRANT_TOOLS = {"vagrant": "vagrant"}
# The board's page is tested in a real browser, the boxes in real virtual machines with firmware of either kind; what
# libvirt needs, `make up` installs in the tests as it does elsewhere.
TEST_TOOLS = {
    "chromium": "chromium",
    "curl": "curl",
    # Vagrant brings one of its own, where it is; the Vagrantfile's parts are tested without.
    "ruby": "ruby",
    "qemu-system-x86_64": "qemu-system-x86",
    "/usr/share/OVMF/OVMF_CODE.fd": "ovmf",
}
_SHEBANG = re.compile(rb"#!(?:/bin/sh\n'''exec' .*\n' '''|.*/bin/python[0-9.]*)\n")
_VENV_TURN = threading.Lock()
_NO_NETWORK = (
    "Could not resolve",
    "Temporary failure resolving",
    "Could not connect",
    "Failed to fetch",
)


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


def verify_host(packages: Iterable[str]) -> None:
    """Raise HostError where packages are missing that this host cannot install by apt."""
    wanted = list(packages)
    if wanted and find("apt-get") is None:
        raise HostError(
            f"缺少 {' '.join(wanted)}，而这台主机没有 apt：请用系统自己的包管理器装好它们，再运行一次 make up。"
        )
    if wanted:
        commands.as_root([])


def apt(packages: Sequence[str], say: Say) -> str:
    """Install apt packages on the host after saying so; waits for a lock that another apt holds."""
    if not packages:
        return "已经装好"
    log = LOGS / "apt.log"
    say(f"安装 {' '.join(packages)}")
    base = [
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-q",
        "-o",
        "DPkg::Lock::Timeout=300",
    ]
    unfinished = commands.run(["dpkg", "--audit"]).stdout.strip()
    if unfinished:
        commands.logged(commands.as_root(["dpkg", "--configure", "-a"]), log)
    commands.logged(commands.as_root([*base, "update"]), log)
    packages = sorted({_available(package) for package in packages})
    code = commands.logged(
        commands.as_root([*base, "install", "-y", "--no-install-recommends", *packages]), log
    )
    if code:
        raise HostError(_apt_failure(packages, commands.tail(log), str(log)))
    return "装好"


def vagrant_if_offered(say: Say) -> str:
    """Install Vagrant where the archive has it, which container seats do without. Raises HostError."""
    if _offered("vagrant"):
        return apt(["vagrant"], say)
    return "软件源里没有，跳过（只有虚拟机用得上它）"


def _available(package: str) -> str:
    """Return which of the alternatives `a|b` apt can install, the last one where it knows none of them."""
    *first, last = package.split("|")
    return next((name for name in first if _offered(name)), last)


def _offered(package: str) -> bool:
    shown = commands.run(["apt-cache", "policy", package], environ={"LC_ALL": "C"}).stdout
    return "Candidate:" in shown and "Candidate: (none)" not in shown


def _apt_failure(packages: Sequence[str], text: str, log: str) -> str:
    if "No space left" in text or "enough free space" in text:
        return f"磁盘满了，装不下 {' '.join(packages)}：请先腾出空间，再运行一次 make up。"
    if any(mark in text for mark in _NO_NETWORK):
        return f"连不上软件源，装不了 {' '.join(packages)}：请检查网络，或把主机的 apt 源换成能用的镜像，再运行一次 make up。"
    if "vagrant" in packages and (
        "Unable to locate package" in text or "no installation candidate" in text
    ):
        return "这台主机的软件源里没有 vagrant：请到 developer.hashicorp.com/vagrant/install 下载安装，再运行一次 make up。"
    return f"apt 装不上 {' '.join(packages)}，详情见 {log}：\n{text}"


def venv(say: Say, sets: Sequence[str] = ("ansible",)) -> str:
    """Bring the checkout's virtual environment to the pinned requirements of `sets` (files of requirements/).

    Steps that run side by side may call it; one after the other gets its turn. Raises HostError.
    """
    with _VENV_TURN:
        return _venv(say, sets)


def _venv(say: Say, sets: Sequence[str]) -> str:
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
        return "已经是要求的版本"
    say(f"安装 {'、'.join(f'requirements/{path.name}' for path in files)} 里固定的版本")
    stamp.unlink(missing_ok=True)
    if not healthy and commands.logged([sys.executable, "-m", "venv", "--clear", str(VENV)], log):
        raise HostError(f"建不成虚拟环境 {VENV}，详情见 {log}：\n{commands.tail(log)}")
    arguments = [argument for path in files for argument in ("-r", str(path))]
    pip = [str(VENV / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if commands.logged([*pip, *arguments], log):
        raise HostError(pip_failure(commands.tail(log), str(log)))
    _rehome()
    others = [
        line for line in have if line.split()[0] not in {"in", *(path.name for path in files)}
    ]
    _stamp(stamp, [*(others if healthy else []), *wanted, here])
    return "装好"


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


def pip_failure(text: str, log: str) -> str:
    """Return what to tell the user when pip has failed and said `text`."""
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "pip 不信任代理的证书：请把代理的 CA 装进主机（/usr/local/share/ca-certificates，再 update-ca-certificates），并设 PIP_CERT=/etc/ssl/certs/ca-certificates.crt。"
    if "NewConnectionError" in text or "Max retries" in text or "Name or service not known" in text:
        return "连不上 Python 软件源：请检查网络，或用 pip config set global.index-url 换成能用的镜像，再运行一次。"
    return f"pip 装不上要求的版本，详情见 {log}：\n{text}"
