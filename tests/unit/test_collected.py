"""What was collected is a stranger's data: an archive that lies is told apart, and never unpacked without end."""

from __future__ import annotations

import gzip
import io
import json
import tarfile

import pytest

from classroom import collected
from classroom.answers import Manifest

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
    assert collected.manifest(io.BytesIO(data)) == Manifest({"labs/a": "0" * 64}, (), 0)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", None),
        (b"nothing packed", None),
        (archive(("labs/a", b"1")), "没有 manifest.json"),
        (archive(("manifest.json", b"[]")), "不是清单"),
        (archive(("manifest.json", b"{")), None),
        (archive(("manifest.json", b"[" * 100000)), "不是清单"),
        (archive(("manifest.json", b'{"files": {}, "left_out": [7]}')), "不是清单"),
        (archive(("manifest.json", b'{"files": {"a": 1}, "left_out": []}')), "不是清单"),
        (archive(("../x", b""), ("manifest.json", json.dumps(WHOLE).encode())), "主目录"),
        (archive(("/x", b""), ("manifest.json", json.dumps(WHOLE).encode())), "主目录"),
        (archive(("labs/a", bytes(1000)), ("manifest.json", b"{}"))[:-20], None),
    ],
    # The bytes have the time in them; tests that run side by side need names that stay.
    ids=lambda value: "data" if isinstance(value, bytes) else None,
)
def test_damage_is_told(data: bytes, said: str | None) -> None:
    """As one kind of error, whatever is wrong."""
    with pytest.raises(collected.DamagedError, match=said):
        collected.manifest(io.BytesIO(data))


@pytest.mark.bad_input
def test_archive_that_swells_is_given_up() -> None:
    """A few bytes that stand for a gigabyte: read in pieces, and no further than a limit."""
    header = tarfile.TarInfo("labs/huge")
    header.size = 2**30
    piece = gzip.compress(bytes(2**20), mtime=0)
    swelling = gzip.compress(header.tobuf()) + piece * 2**10
    assert len(swelling) < 2 * 2**20
    with pytest.raises(collected.DamagedError, match=r"太大|MiB"):
        collected.manifest(io.BytesIO(swelling))


def after_the_manifest(*rest: bytes) -> bytes:
    """An honest archive that goes on behind its manifest."""
    content = json.dumps(WHOLE).encode()
    header = tarfile.TarInfo("manifest.json")
    header.size = len(content)
    block = header.tobuf() + content.ljust(-(-len(content) // 512) * 512, b"\0")
    return gzip.compress(block) + b"".join(rest)


@pytest.mark.bad_input
def test_bomb_behind_the_manifest_is_found() -> None:
    """What is behind it would be unpacked as well, so the archive is read to its end."""
    huge = tarfile.TarInfo("labs/huge")
    huge.size = 2**30
    bomb = after_the_manifest(
        gzip.compress(huge.tobuf()), gzip.compress(bytes(2**20), mtime=0) * 2**10
    )
    assert len(bomb) < 2 * 2**20
    with pytest.raises(collected.DamagedError, match=r"太大|MiB"):
        collected.manifest(io.BytesIO(bomb))


@pytest.mark.bad_input
def test_bomb_behind_the_end_is_found() -> None:
    """Behind the blocks that end a tar archive, where tar itself looks no more."""
    bomb = after_the_manifest(
        gzip.compress(bytes(1024)), gzip.compress(bytes(2**20), mtime=0) * 2**10
    )
    with pytest.raises(collected.DamagedError, match="MiB"):
        collected.manifest(io.BytesIO(bomb))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_what_is_no_plain_file_is_refused(kind: bytes) -> None:
    """An honest seat packs none."""
    odd = tarfile.TarInfo("labs/odd")
    odd.type = kind
    odd.linkname = "/etc/shadow"
    packed = after_the_manifest(gzip.compress(odd.tobuf() + bytes(1024)))
    with pytest.raises(collected.DamagedError, match="不是普通文件"):
        collected.manifest(io.BytesIO(packed))


@pytest.mark.bad_input
def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs a file where it is unpacked."""
    monkeypatch.setattr(collected, "_MOST_MEMBERS", 40)
    blocks = b"".join(tarfile.TarInfo(f"labs/{count}").tobuf() for count in range(40))
    with pytest.raises(collected.DamagedError, match="个文件"):
        collected.manifest(io.BytesIO(after_the_manifest(gzip.compress(blocks))))
