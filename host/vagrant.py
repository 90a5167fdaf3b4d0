"""Drives Vagrant, which owns this checkout's virtual machines."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from host import commands, diagnose
from host.errors import HostError
from host.i18n import translated as _
from host.paths import LOGS, ROOT
from host.provision import failure, role_watch
from host.steps import Reporter

LOG = LOGS / "vagrant.log"


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
            _(
                "这个目录是拷贝来的：虚拟机 {names} 是 {homes} 的，没有动它。要用它就到那边去；要在这里另建，先运行 rm -r {paths}，再来一次。",
                names=names,
                homes=homes,
                paths=shlex.join((str(path.parent) for path, _ in taken)),
            )
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


def up(provider: str, names: Sequence[str], seats: int, report: Reporter) -> None:
    """Bring the machines of these names up and provision them; Vagrant knows `seats` of them. Raises HostError."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text("", encoding="utf-8")
    command = ["vagrant", "up", f"--provider={provider}", "--provision", *names]
    if commands.logged(command, LOG, role_watch(report), _environ(seats)):
        text = LOG.read_text(encoding="utf-8", errors="replace")
        fix = diagnose.fix(text, diagnose.OF_VAGRANT)
        raise HostError(_("{fix}。\n详情见 {log}。", fix=fix, log=LOG) if fix else failure(LOG))


def destroy(names: Sequence[str], seats: int) -> None:
    """Destroy the machines of these names. Raises HostError."""
    command = ["vagrant", "destroy", "--force", *names]
    if commands.logged(command, LOG, print, _environ(seats)):
        raise HostError(_("vagrant destroy 没有成功，详情见 {log}。", log=LOG))


def ssh_config(names: Sequence[str], seats: int) -> dict[str, str]:
    """Return how one reaches the machines of these names, a block of an ssh configuration each. Raises HostError."""
    shown = commands.run(["vagrant", "ssh-config", *names], environ=_environ(seats))
    if shown.returncode:
        raise HostError(_("vagrant ssh-config 没有成功：{said}", said=shown.stderr.strip()))
    blocks = re.split(r"^(?=Host )", shown.stdout, flags=re.M)
    return {block.split()[1]: block for block in blocks if block.startswith("Host ")}


def _environ(seats: int) -> Mapping[str, str]:
    return {"COURSEBOX_SEATS": str(seats)}
