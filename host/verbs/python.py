"""`python`: runs a module of the virtual environment."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import NoReturn

from host import environment

HELP = "run a module of the virtual environment"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take the module and what it takes."""
    parser.add_argument("module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)


def run(settings: Mapping[str, str], options: argparse.Namespace) -> NoReturn:
    """Become that module, in this process's place."""
    environment.become(options.module, options.arguments)
