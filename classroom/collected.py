"""What was collected from a student, read as what it is: data of a stranger's."""

from __future__ import annotations

import gzip
import json
import tarfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Final

from classroom import answers
from classroom.answers import Manifest
from classroom.i18n import translated as _
from classroom.text import plain

LATEST: Final = "latest.json"
MANIFEST: Final = "manifest.json"
_LARGEST_MANIFEST: Final = 16 * 1024 * 1024
# What an honest seat packs stays far below it.
_LARGEST_WHOLE: Final = 256 * 1024 * 1024
_MOST_MEMBERS: Final = 40000
_PIECE: Final = 1024 * 1024


class DamagedError(Exception):
    """An archive does not hold what it should."""


class _Limited(gzip.GzipFile):
    """Reads on until too much has come: a few bytes may stand for more than a disk holds."""

    left = _LARGEST_WHOLE

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes. Raises DamagedError beyond the limit."""
        found = super().read(size)
        self.left -= len(found)
        if self.left < 0:
            raise DamagedError(_("解开以后超过 {most} MiB", most=_LARGEST_WHOLE // 1024 // 1024))
        return found


def latest(folder: Path) -> dict[str, Any] | None:
    """Return what is known of the last archive of a student, or None where none is kept whole."""
    try:
        entry = json.loads((folder / LATEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(entry, dict) or not (folder / str(entry.get("file"))).is_file():
        return None
    return entry


def manifest(packed: BinaryIO) -> Manifest:
    """Read an archive to its end, under limits, and return its manifest. Raises DamagedError.

    What is not plain files and folders is refused, and so is what would unpack to more than an honest seat packs.
    """
    found: Manifest | None = None
    members = 0
    try:
        with _Limited(fileobj=packed) as whole:
            with tarfile.open(fileobj=whole, mode="r|") as archive:
                for member in archive:
                    members += 1
                    _verify(member, members)
                    if member.name == MANIFEST:
                        if member.size > _LARGEST_MANIFEST:
                            raise DamagedError(_("manifest.json 太大"))
                        file = archive.extractfile(member)
                        found = answers.manifest(file.read() if file else b"")
            # Behind the archive's own end unpacking would still read on.
            while whole.read(_PIECE):
                pass
    except answers.AnswerError as error:
        raise DamagedError(_("manifest.json 不是清单：{error}", error=error)) from error
    except (tarfile.TarError, EOFError, OSError, ValueError, OverflowError, zlib.error) as error:
        raise DamagedError(plain(error)) from error
    if found is None:
        raise DamagedError(_("没有 manifest.json"))
    return found


def verify_home(path: Path) -> None:
    """Read an archive of a home to its end, as `remove` makes it on a seat. Raises DamagedError and OSError."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if member.name.startswith("/") or ".." in member.name.split("/"):
                    raise DamagedError(_("{name!r} 不在主目录里", name=plain(member.name)))
        with gzip.open(path) as whole:
            while whole.read(_PIECE):
                pass
    except (tarfile.TarError, EOFError, ValueError, gzip.BadGzipFile, zlib.error) as error:
        raise DamagedError(plain(error)) from error


def _verify(member: tarfile.TarInfo, members: int) -> None:
    if members > _MOST_MEMBERS:
        raise DamagedError(_("超过 {most} 个文件", most=_MOST_MEMBERS))
    if not (member.isdir() or member.isreg()) or member.issparse():
        raise DamagedError(_("{name!r} 不是普通文件", name=plain(member.name)))
    if member.name.startswith("/") or ".." in member.name.split("/"):
        raise DamagedError(_("{name!r} 不在主目录里", name=plain(member.name)))
    if not 0 <= member.size <= _LARGEST_WHOLE:
        raise DamagedError(_("{name!r} 太大", name=plain(member.name)))
