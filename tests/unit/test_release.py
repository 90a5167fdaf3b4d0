"""What a teacher downloads: whole, the same each time, and of a version that the changelog tells of."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
from pathlib import Path

import pytest

from host import release
from host.errors import HostError
from host.paths import ROOT


def git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular."""
    who = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A small project with one commit."""
    folder = tmp_path / "clone"
    (folder / "labfiles").mkdir(parents=True)
    (folder / "VERSION").write_text("1.2.3\n")
    (folder / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3 (2026-11-26)\n\n- All of it.\n")
    (folder / "labfiles/课.md").write_text("课\n", encoding="utf-8")
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o755)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "All of it")
    return folder


def test_a_release_is_what_git_has(clone: Path, tmp_path: Path) -> None:
    """Under a folder of its name, with its rights and its checksum; twice the same bytes."""
    archive = release.build(clone, tmp_path / "out")
    assert archive.name == "coursebox-1.2.3.tar.gz"
    first = archive.read_bytes()
    sums = (tmp_path / "out/SHA256SUMS").read_text()
    assert sums == f"{hashlib.sha256(first).hexdigest()}  {archive.name}\n"
    with tarfile.open(archive) as packed:
        names = {member.name for member in packed if member.isfile()}
        assert packed.getmember("coursebox-1.2.3/run").mode & 0o111
    assert names == {
        f"coursebox-1.2.3/{name}" for name in ("VERSION", "CHANGELOG.md", "labfiles/课.md", "run")
    }
    assert release.build(clone, tmp_path / "again").read_bytes() == first


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("CHANGELOG.md", "# Changelog\n\n## 1.2.2 (2026-11-25)\n", "1.2.3"),
        ("labfiles/new.md", "new\n", "labfiles/"),
    ],
)
def test_what_is_not_ready_is_refused(
    clone: Path, tmp_path: Path, path: str, text: str, said: str
) -> None:
    """By what is missing, and nothing is written."""
    (clone / path).write_text(text)
    with pytest.raises(HostError, match=said):
        release.build(clone, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_outside_a_clone_git_is_asked_for(clone: Path, tmp_path: Path) -> None:
    """An unpacked archive cannot say what belongs to it."""
    (clone / ".git").rename(clone / "gone")
    with pytest.raises(HostError, match="git 克隆"):
        release.build(clone, tmp_path / "out")


def test_the_changelog_tells_of_this_version() -> None:
    """Else no release of this very tree can be made."""
    version = (ROOT / "VERSION").read_text("ascii").strip()
    assert f"\n## {version} (" in (ROOT / "CHANGELOG.md").read_text("utf-8")
