"""This checkout's course machines: which there are, and how one logs in. Container seats are the host tool's, virtual ones Vagrant's."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from host import commands, seat, vagrant
from host.errors import HostError
from host.i18n import translated as _
from host.paths import SEATS, SSH_CONFIG
from host.settings import PORTS, host_ports


def existing() -> list[str]:
    """Return the names of the course machines of this checkout, sorted."""
    return sorted({*seat.names(), *vagrant.machines()})


def named(name: str) -> str:
    """Return the name of a machine that is there. Raises HostError for any other."""
    if name not in existing():
        raise HostError(
            _("没有座位 {name!r}：现有 {existing}。", name=name, existing=" ".join(existing()))
        )
    return name


def login(name: str, settings: Mapping[str, str], *options: str) -> list[str]:
    """Return the command line that logs in to a machine as the course user."""
    user = settings.get("users_name", "tarena")
    config = seat.load(name).ssh_config if name in seat.names() else str(SSH_CONFIG)
    return ["ssh", "-F", config, "-o", "LogLevel=ERROR", "-l", user, *options, name]


def wanted(settings: Mapping[str, str]) -> list[str]:
    """Return the names of the machines that the settings ask for."""
    return [f"seat{number:02d}" for number in range(1, int(settings["seats"]) + 1)]


def count(settings: Mapping[str, str]) -> int:
    """Return how many machines Vagrant has to know of: those of earlier, larger runs as well."""
    return max([int(settings["seats"]), *(int(name[4:]) for name in existing())])


def ports(name: str, settings: Mapping[str, str]) -> dict[int, int]:
    """Return which port of the host's loopback reaches which of a machine's, by the machine's."""
    if name in seat.names():
        known = seat.load(name)
        return {22: known.port, **{int(port): host for port, host in known.published.items()}}
    return wanted_ports(name, settings)


def wanted_ports(name: str, settings: Mapping[str, str]) -> dict[int, int]:
    """Return the same by what the settings say, for a machine that is to be made or Vagrant's."""
    chosen = host_ports(settings, int(name[4:]))
    return {guest: chosen[key] for key, guest in PORTS.items()}


def write_ssh_config(settings: Mapping[str, str]) -> None:
    """Keep how one reaches the virtual machines, so that logging in costs no start of Vagrant."""
    virtual = list(vagrant.machines())
    blocks = vagrant.ssh_config(virtual, count(settings)) if virtual else {}
    SEATS.mkdir(parents=True, exist_ok=True)
    SSH_CONFIG.write_text("\n".join(blocks[name] for name in sorted(blocks)), encoding="utf-8")


def ssh_config() -> str:
    """Return what is kept of how one reaches the machines."""
    return SSH_CONFIG.read_text(encoding="utf-8") if SSH_CONFIG.exists() else ""


def run(
    name: str, settings: Mapping[str, str], command: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command on a machine as the course user, for at most 30 seconds; the caller looks at the exit code."""
    begun = login(name, settings, "-o", "BatchMode=yes", "-o", "ConnectTimeout=5")
    return commands.run([*begun, command], 30, stdin=stdin)
