"""Keeps a lab's folder in an archive, read back and compared before anything is taken away."""

from __future__ import annotations

import os
import stat
import tarfile
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from lab import json_file, owner, paths, safe_fs
from lab.errors import FailedError

if TYPE_CHECKING:
    from collections.abc import Iterator


def folder() -> str:
    """Return where archives are kept."""
    return os.path.join(paths.labs(), "archive")


def keep(lab: str) -> str | None:
    """Archive `~/labs/LAB`; return the archive's path, or None where there is nothing to keep.

    Raises FailedError, and leaves everything as it was, where not every file could be archived and read back.
    """
    source = os.path.join(paths.labs(), lab)
    if not os.path.isdir(source) or os.path.islink(source):
        return None
    unfinished = ""
    try:
        os.makedirs(folder(), exist_ok=True)
        place = json_file.dated(os.path.join(folder(), f"{lab}-"), ".tar.gz")
        unfinished = f"{place}.part"
        with _readable(source) as modes:
            _pack(source, lab, unfinished, modes)
            _compare(source, lab, unfinished)
        os.rename(unfinished, place)
    except (OSError, tarfile.TarError, RecursionError) as error:
        if unfinished and os.path.lexists(unfinished):
            os.unlink(unfinished)
        reason = getattr(error, "strerror", None) or str(error)
        if isinstance(error, RecursionError):
            reason = "文件夹套文件夹，套得太深了"
        name = getattr(error, "filename", None) or source
        cure = owner.cure(folder()) or owner.cure(source) if isinstance(error, OSError) else ""
        raise FailedError(f"存不了档（{name}：{reason}），所以什么也没有动。{cure}") from error
    return place


@contextmanager
def _readable(source: str) -> Iterator[dict[str, int]]:
    """Let the owner read all of a folder for a while; give the modes that were changed, by path within it."""
    modes: dict[str, int] = {}

    def open_up(name: str, bits: int) -> None:
        path = os.path.join(source, name)
        status = os.lstat(path)
        mode = stat.S_IMODE(status.st_mode)
        if mode & bits != bits and status.st_uid == os.getuid():
            modes[name] = mode
            os.chmod(path, mode | bits)

    try:
        open_up("", stat.S_IRUSR | stat.S_IXUSR)
        for parent, folders, names in os.walk(source):
            inner = os.path.relpath(parent, source)
            for name in folders + names:
                path = os.path.normpath(os.path.join(inner, name))
                kind = os.lstat(os.path.join(source, path)).st_mode
                if stat.S_ISDIR(kind):
                    open_up(path, stat.S_IRUSR | stat.S_IXUSR)
                elif stat.S_ISREG(kind):
                    open_up(path, stat.S_IRUSR)
        yield modes
    finally:
        for name, mode in reversed(modes.items()):
            with suppress(FileNotFoundError):
                os.chmod(os.path.join(source, name), mode)


def _pack(source: str, lab: str, place: str, modes: dict[str, int]) -> None:
    def kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        """Leave out what holds no work, such as a pipe; keep the modes as the student had them."""
        member.mode = modes.get(member.name.removeprefix(lab).removeprefix("/"), member.mode)
        whole = member.isreg() or member.isdir() or member.issym() or member.islnk()
        return member if whole else None

    with open(place, "xb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
            archive.add(source, arcname=lab, filter=kept)
        file.flush()
        os.fsync(file.fileno())


def _compare(source: str, lab: str, place: str) -> None:
    """Make sure that every file of the source is in the archive, byte for byte."""
    expected = {}
    for parent, folders, names in os.walk(source):
        for name in folders + names:
            path = os.path.join(parent, name)
            mode = os.lstat(path).st_mode
            member = os.path.join(lab, os.path.relpath(path, source))
            if stat.S_ISLNK(mode):
                expected[member] = os.readlink(path)
            elif stat.S_ISREG(mode):
                with open(path, "rb") as file:
                    expected[member] = safe_fs.digest(file)
    found = {}
    with tarfile.open(place, "r:gz") as archive:
        for entry in archive:
            if entry.issym():
                found[entry.name] = entry.linkname
            elif entry.isreg() or entry.islnk():
                content = archive.extractfile(entry)
                assert content
                found[entry.name] = safe_fs.digest(content)
    if found != expected:
        changed = sorted(set(found.items()) ^ set(expected.items()))[0][0]
        raise tarfile.TarError(f"{changed} 和存进去的不一样，是不是有程序还在写它？")
