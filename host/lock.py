"""Locks of this checkout, so that two commands never do the same work at once."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from host.paths import BUILD


@contextmanager
def alone(subject: str) -> Iterator[None]:
    """Hold the checkout's lock for a subject; says so where another command holds it, and waits."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / f"{subject}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("coursebox：另一个命令正在做同样的事，等它做完……", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
