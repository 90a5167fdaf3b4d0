"""`up`: brings this checkout's machines up and provisions them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from host import account, engine, up
from host.lock import alone
from host.steps import Progress

HELP = "bring this checkout's machines up and provision them"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take none."""


def run(settings: Mapping[str, str], options: argparse.Namespace) -> int:
    """Bring them up; running it again goes on where it stopped."""
    engine.enter_group(account.AGAIN)
    with alone("up"):
        up.up(settings, Progress())
    return 0
