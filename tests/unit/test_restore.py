"""A home that is brought back: what stands there now is moved aside, and no byte of either is lost."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from host.paths import ROOT

MERGE = ROOT / "classroom/on_seat/merge.py"
ASIDE = "before-restore-20261126-080000"
# What a name may be: a file with this content, a folder, a link to this place, or nothing.
Tree = Mapping[str, str | None]


def made(root: Path, tree: Tree) -> Path:
    """A folder with what a tree names: `>x` is a link to x, None a folder, all else a file's content."""
    root.mkdir()
    for name, content in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir(exist_ok=True)
        elif content.startswith(">"):
            path.symlink_to(content[1:])
        else:
            path.write_text(content)
            # As a clock that stands leaves them: a file's time says nothing of its content.
            os.utime(path, (0, 0))
    return root


def found(root: Path) -> dict[str, str | None]:
    """The same of a folder that is there; of folders only those that are empty."""
    return {
        str(path.relative_to(root)): f">{os.readlink(path)}"
        if path.is_symlink()
        else path.read_text()
        if path.is_file()
        else None
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file() or not any(path.iterdir())
    }


def merged(home: Path, stage: Path) -> tuple[int, int]:
    """Merge, and return how many files came and were moved."""
    done = subprocess.run(
        [sys.executable, "-IS", str(MERGE), str(stage), ASIDE],
        env={"HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    match = re.fullmatch(r"restored (\d+) (\d+)\n", done.stdout)
    assert match
    return int(match[1]), int(match[2])


CASES: dict[str, tuple[Tree, Tree, Tree, tuple[int, int]]] = {
    "an empty home": ({}, {"labs/1.2/work/x": "1", "letter": "2"}, {"labs/1.2/work/x": "1", "letter": "2"}, (2, 0)),
    "the same": ({"letter": "1"}, {"letter": "1"}, {"letter": "1"}, (0, 0)),
    "another file": ({"letter": "new"}, {"letter": "old"}, {"letter": "old", f"{ASIDE}/letter": "new"}, (1, 1)),
    "files of the same length": ({"letter": "aaa"}, {"letter": "bbb"}, {"letter": "bbb", f"{ASIDE}/letter": "aaa"}, (1, 1)),
    "a file beside": ({"letter": "1", "more": "2"}, {"letter": "1"}, {"letter": "1", "more": "2"}, (0, 0)),
    "a file for a folder": ({"labs": "mine"}, {"labs/a": "1"}, {"labs/a": "1", f"{ASIDE}/labs": "mine"}, (1, 1)),
    "a folder for a file": ({"a/b/c": "mine"}, {"a": "1"}, {"a": "1", f"{ASIDE}/a/b/c": "mine"}, (1, 1)),
    "an empty folder": ({}, {"a/b": None}, {"a/b": None}, (0, 0)),
    "a link for a folder": ({"labs": ">elsewhere", "elsewhere/a": "mine"}, {"labs/a": "1"},
        {"labs/a": "1", "elsewhere/a": "mine", f"{ASIDE}/labs": ">elsewhere"}, (1, 1)),
    "a link for a file": ({"a": ">b", "b": "mine"}, {"a": "1"}, {"a": "1", "b": "mine", f"{ASIDE}/a": ">b"}, (1, 1)),
    "a link to the same content": ({"a": ">b", "b": "1"}, {"a": "1"}, {"a": "1", "b": "1", f"{ASIDE}/a": ">b"}, (1, 1)),
    "a link to nowhere": ({"a": ">gone"}, {"a": "1"}, {"a": "1", f"{ASIDE}/a": ">gone"}, (1, 1)),
    "the same link": ({"a": ">b"}, {"a": ">b"}, {"a": ">b"}, (0, 0)),
    "another link": ({"a": ">b"}, {"a": ">c"}, {"a": ">c", f"{ASIDE}/a": ">b"}, (1, 1)),
    "a file for a link": ({"a": "mine"}, {"a": ">c"}, {"a": ">c", f"{ASIDE}/a": "mine"}, (1, 1)),
    "keys of today": ({".ssh/authorized_keys": "today"}, {".ssh/authorized_keys": "then", "a": "1"},
        {".ssh/authorized_keys": "today", "a": "1"}, (1, 0)),
    "keys where none are": ({}, {".ssh/authorized_keys": "then"}, {".ssh/authorized_keys": "then"}, (1, 0)),
    "the list of a collection": ({}, {"manifest.json": "{}", "labs/a": "1"}, {"labs/a": "1"}, (1, 0)),
    "a manifest of the student's": ({}, {"manifest.json": "{}", ".bashrc": "", "labs/a": "1"},
        {"manifest.json": "{}", ".bashrc": "", "labs/a": "1"}, (3, 0)),
    "names that are snares": ({"-rf": "mine", "a\nb": "mine"}, {"-rf": "1", "a\nb": "1", "*": "1"},
        {"-rf": "1", "a\nb": "1", "*": "1", f"{ASIDE}/-rf": "mine", f"{ASIDE}/a\nb": "mine"}, (3, 2)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("before", "archived", "after", "counted"), CASES.values(), ids=list(CASES)
)
def test_what_is_brought_back(
    tmp_path: Path, before: Tree, archived: Tree, after: Tree, counted: tuple[int, int]
) -> None:
    """Comes to its place; what differs there stands beside, and a second time nothing is left to do."""
    home = made(tmp_path / "home", before)
    assert merged(home, made(tmp_path / "stage", archived)) == counted
    assert found(home) == dict(sorted(after.items()))
    kept = {name for name in archived if name.startswith(".ssh")}
    if not kept and "manifest.json" not in archived:
        assert merged(home, made(tmp_path / "again", archived)) == (0, 0)


def test_modes_come_back(tmp_path: Path) -> None:
    """Of folders as of files, also where the folder stands already; one that its owner may not enter is the last."""
    home = made(tmp_path / "home", {"open/a": "1"})
    stage = made(tmp_path / "stage", {"open/b": "1", "new/c": "1"})
    for name, mode in {"open": 0o750, "open/b": 0o640, "new": 0o711, "new/c": 0o4755}.items():
        (stage / name).chmod(mode)
    merged(home, stage)
    modes = {
        name: (home / name).stat().st_mode & 0o7777 for name in ("open", "open/b", "new", "new/c")
    }
    assert modes == {"open": 0o750, "open/b": 0o640, "new": 0o711, "new/c": 0o4755}


@pytest.mark.slow
def test_no_byte_is_lost(tmp_path: Path) -> None:
    """Of 200 homes and archives made by chance: each content is somewhere in the home afterwards, and the archive's in its place."""
    for seed in range(200):
        chance = random.Random(seed)
        trees: list[dict[str, str | None]] = [{}, {}]
        for place, tree in enumerate(trees):
            for number in range(chance.randrange(1, 7)):
                name = "/".join(chance.choices("abc", k=chance.randrange(1, 4)))
                above = [name[:at] for at in range(len(name)) if name[at] == "/"]
                if name in tree or any(other in tree for other in above):
                    continue
                if any(other.startswith(f"{name}/") for other in tree):
                    continue
                tree[name] = chance.choice(
                    (f"{place} {number}", f">{chance.choice('abc')}", "same")
                )
        before, archived = trees
        base = tmp_path / str(seed)
        base.mkdir()
        home = made(base / "home", before)
        merged(home, made(base / "stage", archived))
        after = found(home)
        assert archived.items() <= after.items(), seed
        missing = set(before.values()) - set(after.values())
        assert not missing, (seed, missing)
