"""`settings`: prints the merged settings."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping

HELP = "print the merged settings as JSON"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take none."""


def run(settings: Mapping[str, str], options: argparse.Namespace) -> int:
    """Print them."""
    print(json.dumps(settings, ensure_ascii=False, indent=2))
    return 0
