"""The golden image of container seats: the base image with the course already on it, and nothing of anybody's."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from pathlib import Path

from host import commands, image, install, seat
from host.errors import HostError
from host.i18n import translated as _
from host.paths import LOGS, ROOT
from host.steps import Reporter

CLEAN = Path(__file__).parent / "golden-clean.sh"
_SOURCES = ("roles", "playbooks/site.yml", "plugins/action", "lab", "labfiles", "requirements")


def fingerprint(settings: Mapping[str, str]) -> str:
    """Return a digest of all that the image is made of."""
    return hashlib.sha256(image.fingerprint(settings).encode() + sources()).hexdigest()


def sources() -> bytes:
    """Return a digest of what puts the course on a golden image or box."""
    digest = hashlib.sha256(CLEAN.read_bytes())
    for source in _SOURCES:
        place = ROOT / source
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.digest()


def provision(inventory: Path) -> None:
    """Put the course on the machines of an inventory. Raises HostError."""
    log = LOGS / "golden.log"
    command = [str(ROOT / "host/ansible-playbook"), "-i", str(inventory), "playbooks/site.yml"]
    if commands.logged(command, log):
        raise HostError(_("布置没有成功，详情见 {log}：\n{tail}", log=log, tail=commands.tail(log)))


def ensure(settings: Mapping[str, str], report: Reporter) -> str:
    """Make the golden image of the suite that the settings name, unless it is there already. Raises HostError.

    A machine is made from the base image, provisioned as any other, cleaned and kept.
    """
    target = image.name(settings["suite"], "golden")
    wanted = fingerprint(settings)
    if image.label(target) == wanted:
        return _("{target} 已经是最新", target=target)
    install.venv(report)
    name = f"golden-{settings['suite']}"
    seat.destroy(name)
    machine = seat.create(name, {**settings, "image": "base"}, report)
    try:
        report(_("在上面布置课程"))
        provision(Path(machine.ssh_config).with_name("inventory.yml"))
        report(_("清理并保存"))
        login = ["ssh", "-F", machine.ssh_config, machine.name]
        cleaned = commands.run([*login, f"sudo sh -c {shlex.quote(CLEAN.read_text('utf-8'))}"])
        if cleaned.returncode:
            raise HostError(_("清理没有成功：{said}", said=cleaned.stderr.strip()))
        seat.keep(name, target, wanted)
    finally:
        seat.destroy(name)
    return _("{target} 做好了", target=target)
