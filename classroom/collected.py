"""What was collected from a student, read as what it is: data of a stranger's."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from pathlib import Path
from typing import Any, Final

LATEST: Final = "latest.json"
MANIFEST: Final = "manifest.json"
_LARGEST_MANIFEST: Final = 16 * 1024 * 1024
# What an honest seat packs stays far below it.
_LARGEST_WHOLE: Final = 256 * 1024 * 1024


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
            raise DamagedError(f"解开以后超过 {_LARGEST_WHOLE // 1024 // 1024} MiB")
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


def manifest(data: bytes) -> dict[str, Any]:
    """Return the manifest of an archive. Raises DamagedError."""
    try:
        with (
            _Limited(fileobj=io.BytesIO(data)) as packed,
            tarfile.open(fileobj=packed, mode="r|") as archive,
        ):
            for member in archive:
                if member.name == MANIFEST and member.isreg():
                    if member.size > _LARGEST_MANIFEST:
                        raise DamagedError("manifest.json 太大")
                    file = archive.extractfile(member)
                    assert file
                    return _checked(json.loads(file.read()))
    except (tarfile.TarError, EOFError, OSError, ValueError, zlib.error) as error:
        raise DamagedError(str(error)) from error
    raise DamagedError("没有 manifest.json")


def _checked(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict) or not isinstance(found.get("files"), dict):
        raise DamagedError("manifest.json 不是清单")
    if not isinstance(found.get("left_out"), list):
        raise DamagedError("manifest.json 不是清单")
    return {
        "files": found["files"],
        "left_out": [[str(part)[:200] for part in pair] for pair in found["left_out"][:200]],
        "left_out_count": int(found.get("left_out_count", 0)),
    }
