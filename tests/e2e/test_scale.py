"""A whole class from a golden image, through every verb; `SCALE=32` makes it a full one."""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterator

import pytest

from tests.support.classroom import Class, golden_machines, hosts

SEATS = int(os.environ.get("SCALE", "4"))
SUITE = "trixie"
LAB = "5.3.2"
NAMES = [f"scale{number:02}" for number in range(1, SEATS + 1)]


def number(name: str) -> str:
    """The number of the student who sits there."""
    return f"2026{name.removeprefix('scale')}"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """As many seats as wished, a student on each."""
    folder = tmp_path_factory.mktemp("scale") / "whole"
    folder.mkdir()
    rows = [f"{number(name)},学生{name.removeprefix('scale')},一班,{name}" for name in NAMES]
    (folder / "roster.csv").write_text("\n".join(["学号,姓名,班级,座位", *rows, ""]), "utf-8")
    machines = golden_machines(NAMES, SUITE)
    (folder / "hosts.yml").write_text(hosts(machines), "utf-8")
    yield Class(folder, SUITE, machines)
    for machine in machines.values():
        machine.destroy()


def done(whole: Class, verb: str, **variables: str) -> int:
    """Carry out a verb that has to work on every seat; return how many it changed."""
    told = whole.make(verb, **variables)
    assert told.returncode == 0, told.stdout + told.stderr
    found = re.search(r"^(\d+) 个座位完成（(\d+) 个有变化），0 个没有完成", told.stdout, re.M)
    assert found, told.stdout
    assert int(found[1]) == SEATS
    return int(found[2])


def test_whole_class(whole: Class) -> None:
    """Provisioned, found changeless, worked on, collected, reset and reported; every seat, each verb."""
    assert done(whole, "provision") == SEATS
    assert done(whole, "provision") == 0
    for name, machine in whole.machines.items():
        machine.student(f"lab start {LAB}; echo {name} > labs/{LAB}/work/mine.txt")
    done(whole, "report")
    done(whole, "collect")
    assert done(whole, "reset", LAB=LAB, YES="1") == SEATS
    for name, machine in whole.machines.items():
        assert "mine.txt" not in machine.student(f"ls labs/{LAB}/work")
        kept = b""
        for archive in whole.archives(number(name)):
            with tarfile.open(archive) as packed:
                found = [m for m in packed.getnames() if m.endswith(f"{LAB}/work/mine.txt")]
                file = packed.extractfile(found[0]) if found else None
                kept += file.read() if file else b""
        assert name.encode() in kept
    done(whole, "report")
    assert whole.board().keys() == set(NAMES)
    assert done(whole, "provision") == 0
