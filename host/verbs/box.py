"""`box`: builds the box of virtual machines."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from host import box, install
from host.lock import alone
from host.steps import Progress

HELP = "build the box of virtual machines, for each provider"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take none."""


def run(settings: Mapping[str, str], options: argparse.Namespace) -> int:
    """Build the one that the settings describe, unless this very one is there."""
    progress = Progress()
    with alone("box"):
        install.ensure(box.missing(settings), progress)
        progress.line("box", box.ensure(settings, progress.reporter("box")))
    return 0
