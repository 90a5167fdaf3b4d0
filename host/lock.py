"""Locks of this computer's, so that two commands never do the same work at once."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from host.errors import HostError
from host.i18n import translated as _
from host.paths import BUILD


@contextmanager
def alone(subject: str, folder: Path = BUILD) -> Iterator[int]:
    """Hold a folder's lock for a subject; says for whom it waits where another command holds it.

    Yields the lock's descriptor: a child that inherits it holds the lock too, so that it ends with the last of them.
    Raises HostError where the folder cannot be written.
    """
    path = folder / f"{subject}.lock"
    try:
        folder.mkdir(exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise HostError(
            _(
                "{path}：写不了（{reason}）。这个文件夹要是你自己的：sudo chown -R $(id -u) 它。",
                path=path,
                reason=error.strerror,
            )
        ) from error
    with file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read(200) or _("另一个命令")
            print(
                _("coursebox：{holder} 正在做同样的事，等它做完……", holder=holder),
                file=sys.stderr,
                flush=True,
            )
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(
            _(
                "{command}（进程 {pid}，{time} 开始）",
                command=_command(),
                pid=os.getpid(),
                time=time.strftime("%H:%M:%S"),
            )
        )
        lock.flush()
        yield lock.fileno()


def _command() -> str:
    """Return the verb that this process carries out, as make knows it."""
    verb = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    return f"make {verb}" if verb else _("另一个命令")
