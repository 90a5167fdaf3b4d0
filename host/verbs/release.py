"""`release`: packs this version's source."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from host import release

HELP = "pack this version's source, with its checksum"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take none."""


def run(settings: Mapping[str, str], options: argparse.Namespace) -> int:
    """Pack it, and print where the archive is."""
    print(release.build())
    return 0
