"""`ssh`: logs in as the course user, or runs one command as that user."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import NoReturn

from host import machines, vagrant
from host.errors import HostError
from host.i18n import translated as _

HELP = "log in as the course user, or run one command as that user"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take the machine and the command."""
    parser.add_argument("--seat")
    parser.add_argument("--cmd", default="")


def run(settings: Mapping[str, str], options: argparse.Namespace) -> NoReturn:
    """Become ssh, in this process's place, so that signals reach ssh itself."""
    names = machines.existing()
    if not names:
        raise HostError(_("还没有课程机器：请先运行 make up。"))
    target = names[0] if options.seat is None else machines.named(options.seat)
    if target in vagrant.machines() and f"Host {target}\n" not in machines.ssh_config():
        machines.write_ssh_config(settings)
    command = ["--", options.cmd] if options.cmd else []
    os.execvp("ssh", [*machines.login(target, settings), *command])
