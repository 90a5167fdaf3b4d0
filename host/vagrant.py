"""Drives Vagrant, which owns this checkout's virtual machines."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from host import commands
from host.errors import HostError
from host.paths import LOGS, ROOT
from host.provision import failure, role_watch
from host.steps import Say

LOG = LOGS / "vagrant.log"
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


def machines() -> dict[str, str]:
    """Return the provider of each virtual machine that Vagrant made for this checkout, by the machine's name.

    Those that a copied checkout has of its original do not count.
    """
    return {path.parts[-3]: path.parts[-2] for path, home in _known() if home == ROOT}


def verify_origin() -> None:
    """Raise HostError where Vagrant knows machines here that are another checkout's, of which this one is a copy.

    host/place.rb asks the same before a Vagrant that somebody runs by hand.
    """
    taken = [(path, home) for path, home in _known() if home != ROOT]
    if taken:
        names = " ".join(path.parts[-3] for path, _ in taken)
        homes = " ".join(sorted({str(home) for _, home in taken}))
        raise HostError(
            f"这个目录是拷贝来的：虚拟机 {names} 是 {homes} 的，没有动它。要用它就到那边去；"
            f"要在这里另建，先运行 rm -r {shlex.join(str(path.parent) for path, _ in taken)}，再来一次。"
        )


def _known() -> Iterator[tuple[Path, Path]]:
    """Yield what Vagrant notes here of each virtual machine (its file `id`), and the checkout whose it is."""
    for path in sorted((ROOT / ".vagrant/machines").glob("*/*/id")):
        if path.parts[-2] == "docker":
            continue
        # Vagrant notes where a machine was made (check_cwd in its lib/vagrant/machine.rb).
        noted = path.with_name("vagrant_cwd")
        home = Path(noted.read_text(encoding="utf-8").strip()) if noted.exists() else ROOT
        original = home / path.relative_to(ROOT)
        # One that was moved has left nothing there.
        stands = (home / "Vagrantfile").exists() and original.exists()
        copied = stands and home.resolve() != ROOT and original.read_bytes() == path.read_bytes()
        yield path, home if copied else ROOT


def up(provider: str, names: Sequence[str], seats: int, say: Say) -> None:
    """Bring the machines of these names up and provision them; Vagrant knows `seats` of them. Raises HostError."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text("", encoding="utf-8")
    command = ["vagrant", "up", f"--provider={provider}", "--provision", *names]
    if commands.logged(command, LOG, role_watch(say), _environ(seats)):
        text = LOG.read_text(encoding="utf-8", errors="replace")
        cure = next((cure for mark, cure in _CURES.items() if mark in text), "")
        raise HostError(f"{cure}\n详情见 {LOG}。" if cure else failure(LOG))


def destroy(names: Sequence[str], seats: int) -> None:
    """Destroy the machines of these names. Raises HostError."""
    command = ["vagrant", "destroy", "--force", *names]
    if commands.logged(command, LOG, print, _environ(seats)):
        raise HostError(f"vagrant destroy 没有成功，详情见 {LOG}。")


def ssh_config(names: Sequence[str], seats: int) -> dict[str, str]:
    """Return how one reaches the machines of these names, a block of an ssh configuration each. Raises HostError."""
    shown = commands.run(["vagrant", "ssh-config", *names], environ=_environ(seats))
    if shown.returncode:
        raise HostError(f"vagrant ssh-config 没有成功：{shown.stderr.strip()}")
    blocks = re.split(r"^(?=Host )", shown.stdout, flags=re.M)
    return {block.split()[1]: block for block in blocks if block.startswith("Host ")}


def _environ(seats: int) -> Mapping[str, str]:
    return {"COURSEBOX_SEATS": str(seats)}
