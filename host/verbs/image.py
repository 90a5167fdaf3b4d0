"""`image`: makes the image of container seats."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from host import account, engine, golden, image, keys
from host.i18n import translated as _
from host.lock import alone
from host.steps import Progress

HELP = "make the image of container seats, base or golden"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take none."""


def run(settings: Mapping[str, str], options: argparse.Namespace) -> int:
    """Make the one that the settings name."""
    engine.enter_group(account.AGAIN)
    progress = Progress()
    engine.ensure(progress.reporter(_("容器引擎")))
    keys.ensure()
    ensure = image.ensure if settings["image"] == "base" else golden.ensure
    with alone("image"):
        progress.line(_("镜像"), ensure(settings, progress.reporter(_("镜像"))))
    return 0
