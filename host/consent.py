"""YES=1, the answer that is given beforehand to what a verb would ask."""

from __future__ import annotations

import argparse

from host.errors import HostError
from host.i18n import translated as _


def option(parser: argparse.ArgumentParser) -> None:
    """Add the option that `given` reads."""
    parser.add_argument("--yes", nargs="?", const="1", default="", help="1: do not ask")


def given(typed: str) -> bool:
    """Say whether the answer is yes. Raises HostError for what may mean yes or no."""
    if typed not in ("", "1", "yes"):
        raise HostError(
            _("YES={typed!a}：只有 YES=1 表示同意；不写就会问。什么也没有做。", typed=typed)
        )
    return bool(typed)
