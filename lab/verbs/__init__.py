"""The verbs of the `lab` command, a module each, found by looking into this folder.

A verb has `RANK` (its place in the help), `HELP` (its line there; none hides it), `arguments(parser)`, which says what
it takes, and `run(options)`, which carries it out and returns the exit code.
"""

from __future__ import annotations

import os


def names() -> list[str]:
    """Return every verb's name; none of them is imported."""
    files = os.listdir(os.path.dirname(os.path.abspath(__file__)))
    return sorted(name[:-3] for name in files if name.endswith(".py") and name[0] != "_")
