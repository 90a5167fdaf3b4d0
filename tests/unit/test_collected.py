"""What was collected is a stranger's data: an archive that lies is told apart, and never unpacked without end."""

from __future__ import annotations

import gzip
import io
import json
import tarfile

import pytest

from classroom import collected

WHOLE = {"files": {"labs/a": "0" * 64}, "left_out": [], "left_out_count": 0}


def archive(*members: tuple[str, bytes]) -> bytes:
    """An archive as a seat packs it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return out.getvalue()


def test_manifest_is_read() -> None:
    """Wherever it stands in the archive."""
    data = archive(("labs/a", b"1"), ("manifest.json", json.dumps(WHOLE).encode()))
    assert collected.manifest(data) == WHOLE


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", None),
        (b"nothing packed", None),
        (archive(("labs/a", b"1")), "没有 manifest.json"),
        (archive(("manifest.json", b"[]")), "不是清单"),
        (archive(("manifest.json", b"{")), None),
        (archive(("labs/a", bytes(1000)), ("manifest.json", b"{}"))[:-20], None),
    ],
)
def test_damage_is_told(data: bytes, said: str | None) -> None:
    """As one kind of error, whatever is wrong."""
    with pytest.raises(collected.DamagedError, match=said):
        collected.manifest(data)


def test_archive_that_swells_is_given_up() -> None:
    """A few bytes that stand for a gigabyte: read in pieces, and no further than a limit."""
    header = tarfile.TarInfo("labs/huge")
    header.size = 2**30
    piece = gzip.compress(bytes(2**20), mtime=0)
    swelling = gzip.compress(header.tobuf()) + piece * 2**10
    assert len(swelling) < 2 * 2**20
    with pytest.raises(collected.DamagedError, match="MiB"):
        collected.manifest(swelling)
