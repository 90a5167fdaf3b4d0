"""Small JSON files that survive a crash at any moment, and the locks that keep two terminals apart."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

# Longer than any change of these files takes, also on a busy machine.
_LOCK_SECONDS = 5.0


class Damaged(Exception):
    """The file is there but does not hold what it should."""


class Busy(Exception):
    """Another process holds the lock for too long."""


def read(path: str) -> dict[str, Any] | None:
    """Return the JSON object in a file, or None when there is no file. Raises Damaged and OSError.

    A pipe in its place is not waited for.
    """
    import json  # Late, here and below: `lab --help` does without.

    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            value = json.loads(file.read().decode("utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise Damaged(str(error)) from error
    if not isinstance(value, dict):
        raise Damaged("not an object")
    return value


def write(path: str, value: object, durable: bool = True) -> None:
    """Replace a file at once, with `durable` also beyond a power cut. Raises OSError.

    The caller holds the lock, so one name for the unfinished file is enough.
    """
    import json

    unfinished = f"{path}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    try:
        with open(os.open(unfinished, flags, 0o644), "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.rename(unfinished, path)
    except OSError:
        with suppress(OSError):
            os.unlink(unfinished)
        raise
    if durable:
        _sync_folder(os.path.dirname(path))


def set_aside(path: str) -> str:
    """Keep a damaged file under a name of its own and return that name. Raises OSError."""
    kept = dated(f"{path}.damaged-", "")
    os.rename(path, kept)
    return kept


def dated(before: str, after: str) -> str:
    """Return a path that is free: `before`, date and time, where that is taken a number, and `after`."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (
        f"{before}{stamp}{number}{after}" for number in ("", *(f"-{n}" for n in range(2, 1000)))
    )
    return next(name for name in names if not os.path.lexists(name))


@contextmanager
def locked(path: str, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
    """Hold a lock file. Raises Busy where another process holds it for longer than `seconds`, and OSError."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EINTR):
                    raise
                if time.monotonic() > deadline:
                    raise Busy(path) from error
                time.sleep(0.02)
        yield
    finally:
        os.close(file)


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
