"""`venv`: makes the virtual environment ready."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from host import install
from host.i18n import translated as _
from host.lock import alone
from host.steps import Progress

HELP = "make the virtual environment ready"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take what it shall hold."""
    parser.add_argument(
        "sets", nargs="*", default=["ansible"], help="files of requirements/, without their ending"
    )


def run(settings: Mapping[str, str], options: argparse.Namespace) -> int:
    """Bring it to the pinned requirements."""
    with alone("venv"):
        install.venv(Progress().reporter(_("虚拟环境")), options.sets)
    return 0
