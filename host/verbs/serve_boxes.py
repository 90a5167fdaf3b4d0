"""`serve-boxes`: serves the boxes on the classroom's network."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from host import serve
from host.steps import Progress

HELP = "serve the boxes on the classroom's network until ctrl-c"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take none."""


def run(settings: Mapping[str, str], options: argparse.Namespace) -> int:
    """Serve until ctrl-c; return the server's exit code."""
    return serve.boxes(settings, Progress().reporter("box"))
