"""Files and folders of a student's, handled so that nothing in them can mislead the command."""

from __future__ import annotations

import errno
import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final, TypeVar

from lab import owner, paths

# An error of these kinds belongs to one folder of the student's; any other ends the run.
LOCAL_ERRORS: Final = (errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ELOOP, errno.EISDIR)
FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

Folder = TypeVar("Folder", int, int | None)


class Skipped(Exception):
    """A folder that must not, or cannot, be entered; the message tells the student why."""


def open_folder(parent: int | None, name: str, shown: str) -> int | None:
    """Open a folder by its own name, never through a link; None when there is none. Raises Skipped and OSError.

    Without a `parent` its name is a path. `shown` is the path as the student knows it. So it is in the functions below.
    """
    try:
        return os.open(name, FOLDER_FLAGS, dir_fd=parent)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno not in LOCAL_ERRORS:
            raise
        raise Skipped(_refusal(parent, name, shown, error)) from error


def make_folder(parent: int | None, name: str, shown: str) -> int:
    """Open a folder as `open_folder` does, after making it if it is missing. Raises Skipped and OSError."""
    folder = open_folder(parent, name, shown)
    if folder is None:
        try:
            os.mkdir(name, 0o755, dir_fd=parent)
        except FileExistsError:
            pass
        except PermissionError as error:
            raise Skipped(f"{shown} 建不了（{error.strerror}），跳过了。{cure(shown)}") from error
        folder = open_folder(parent, name, shown)
    if folder is None:
        raise Skipped(f"{shown} 刚才还在，现在没有了，跳过了。")
    return folder


def make_folders(parent: int, path: str, shown: str) -> int:
    """Open the last folder of a path beneath `parent`, making what is missing. Raises Skipped and OSError."""
    folder = os.dup(parent)
    for part in path.split("/"):
        shown = f"{shown}/{part}"
        with closing(folder):
            folder = make_folder(folder, part, shown)
    return folder


@contextmanager
def closing(folder: Folder) -> Iterator[Folder]:
    """Close a folder, if there is one, at the end of a `with` block."""
    try:
        yield folder
    finally:
        if folder is not None:
            os.close(folder)


def is_writable(folder: int) -> bool:
    """Say whether entries of a folder can be made and replaced."""
    return os.access(".", os.W_OK | os.X_OK, dir_fd=folder)


def exists(folder: int, name: str) -> bool:
    """Say whether a folder has an entry of that name, whatever it is. Raises OSError."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def digest(file: IO[bytes]) -> str:
    """Return the SHA-256 of what is left to read of a file. Raises OSError."""
    import hashlib  # Late: few commands need it.

    found = hashlib.sha256()
    while block := file.read(1 << 16):
        found.update(block)
    return found.hexdigest()


def digest_of(folder: int, name: str) -> str | None:
    """Return the SHA-256 of a file by its name in a folder, or None for what cannot be read."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with open(os.open(name, flags, dir_fd=folder), "rb") as file:
            return digest(file)
    except OSError:
        return None


def cure(shown: str) -> str:
    """Return what the student can do about a path that cannot be used."""
    return owner.cure(paths.home() + shown.removeprefix("~"))


def remove(tree: str) -> None:
    """Remove a folder with all in it, also what its owner may not enter, however deep it goes. Raises OSError.

    What is deeper than two levels is first moved up, so that no path is ever too long.
    """
    os.chmod(tree, 0o700)
    name = os.path.join(tree, f".lab-{os.urandom(8).hex()}-")
    count = itertools.count()
    while there := entries(tree):
        for entry in there:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            for inner in entries(entry.path):
                if not inner.is_dir(follow_symlinks=False):
                    os.unlink(inner.path)
                    continue
                os.chmod(inner.path, 0o700)
                try:
                    os.rename(inner.path, f"{name}{next(count)}")
                except OSError as error:
                    if error.errno != errno.EXDEV:
                        raise
                    # A folder of a container's image cannot be renamed on overlayfs.
                    remove(inner.path)
            os.rmdir(entry.path)
    os.rmdir(tree)


def entries(folder: str) -> list[os.DirEntry[str]]:
    """Return what is in a folder now, so that it may be changed meanwhile. Raises OSError."""
    with os.scandir(folder) as found:
        return list(found)


def _refusal(parent: int | None, name: str, shown: str, error: OSError) -> str:
    try:
        mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    except OSError:
        mode = 0
    if stat.S_ISLNK(mode):
        return f"{shown} 是一个链接，lab 不会跟着它走到别处去写，里面的内容跳过了。"
    if mode and not stat.S_ISDIR(mode):
        return f"{shown} 应该是文件夹，可现在是一个文件，里面的内容跳过了。"
    return f"{shown} 打不开（{error.strerror}），里面的内容跳过了。{cure(shown)}"
