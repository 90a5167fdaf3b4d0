"""Installs single files in a student's folders: whole or not at all, and never over something of the student's."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from lab import safe_fs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.sync.plan import Source

_STAGING: Final = ".lab-sync"
_PART: Final = ".part"


@contextmanager
def staging_folder(labs: int) -> Iterator[int]:
    """Give a folder for files that are not whole yet, on the same disk. Raises Skipped and OSError."""
    try:
        with safe_fs.closing(safe_fs.make_folder(labs, _STAGING, f"~/labs/{_STAGING}")) as folder:
            yield folder
    finally:
        sweep(labs)


def sweep(labs: int) -> None:
    """Remove the unfinished files of a killed run."""
    try:
        folder = os.open(_STAGING, safe_fs.FOLDER_FLAGS, dir_fd=labs)
    except OSError:
        return
    with safe_fs.closing(folder):
        for name in os.listdir(folder):
            if name.endswith(_PART):
                with suppress(OSError):
                    os.unlink(name, dir_fd=folder)
    with suppress(OSError):
        os.rmdir(_STAGING, dir_fd=labs)


def add(
    staging: int, folder: int, name: str, source: Source, seen: os.stat_result | None = None
) -> bool:
    """Install a new file; say whether its name was still free, as it was `seen` to be. Raises OSError."""
    part = stage(staging, source, source.mode)
    try:
        os.link(part, name, src_dir_fd=staging, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        # A file system without hard links.
        if safe_fs.exists(folder, name):
            return False
        os.rename(part, name, src_dir_fd=staging, dst_dir_fd=folder)
        return True
    os.unlink(part, dir_fd=staging)
    return True


def update(
    staging: int, folder: int, name: str, source: Source, seen: os.stat_result | None
) -> bool:
    """Replace a file; say whether it still looked as it was seen, since else it is left alone. Raises OSError."""
    assert seen
    part = stage(staging, source, stat.S_IMODE(seen.st_mode) | (source.mode & 0o111))
    try:
        now = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    same = ("st_ino", "st_dev", "st_size", "st_mtime_ns", "st_mode")
    if any(getattr(now, key) != getattr(seen, key) for key in same):
        return False
    os.rename(part, name, src_dir_fd=staging, dst_dir_fd=folder)
    return True


def add_new_version(
    staging: int, folder: int, name: str, source: Source, last: dict[str, str]
) -> str:
    """Install a new version beside a modified file; return its name. Raises OSError.

    `last` is the name and hash of the version that was put there before; it is replaced unless it was modified.
    """
    count = 1
    while True:
        chosen = f"{name}.new" if count == 1 else f"{name}.new{count}"
        count += 1
        digest = safe_fs.digest_of(folder, chosen)
        if digest == source.digest:
            return chosen
        if digest is not None and last == {"name": chosen, "hash": digest}:
            part = stage(staging, source, source.mode)
            os.rename(part, chosen, src_dir_fd=staging, dst_dir_fd=folder)
            return chosen
        if add(staging, folder, chosen, source):
            return chosen


def stage(staging: int, source: Source, mode: int) -> str:
    """Write a file in the staging folder; return its name there. Raises OSError.

    It is not forced to the disk: for each file that would cost a class of seats more than it could save.
    """
    name = f"{source.digest}{_PART}"
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=staging)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(name, flags, 0o600, dir_fd=staging), "wb") as file:
        file.write(source.content)
        file.flush()
        os.fchmod(file.fileno(), mode)
    return name
