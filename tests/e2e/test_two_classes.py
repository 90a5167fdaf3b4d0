"""Two checkouts of one account, each with a class whose seat is called seat01: a verb reaches its own, and proves it there."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from host.paths import ROOT
from tests.machine import expected
from tests.support.checkout import DEADLINE, Checkout
from tests.support.classroom import golden_machines
from tests.support.machine import Machine

SUITE = "trixie"
FIRST, SECOND = "20260101", "20260201"


@dataclasses.dataclass
class Twin:
    """A checkout, its class, and the machine that is its seat01."""

    checkout: Checkout
    machine: Machine
    student: str

    @property
    def folder(self) -> pathlib.Path:
        """The class's folder."""
        return self.checkout.root / "inventories/mine"

    def roster(self, *lines: str) -> None:
        """Write the roster."""
        (self.folder / "roster.csv").write_text("\n".join(["学号,姓名,班级,座位", *lines, ""]))

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of one of the instructor's verbs."""
        python = str(ROOT / ".venv/bin/python")
        return [python, "-m", "classroom", "--class", str(self.folder), *arguments]

    def verb(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Carry out one of the instructor's verbs, without a terminal."""
        return self.checkout.run(*self.command(*arguments))


def checkout_that_knows(machine: Machine, place: pathlib.Path) -> Checkout:
    """Return a copy of this checkout whose seat01 is that machine."""
    checkout = Checkout(place)
    (place / ".venv").symlink_to(ROOT / ".venv")
    seats = place / "build/seats"
    (seats / "seat01").mkdir(parents=True)
    config = pathlib.Path(machine.ssh_config)
    told = config.read_text("utf-8").replace(f"Host {machine.name}", "Host seat01")
    (seats / "ssh_config").write_text(told)
    # What `make up` writes down of a seat that it made there.
    known = json.loads(config.with_name("seat.json").read_text("utf-8"))
    known |= {"name": "seat01", "checkout": str(place)}
    (seats / "seat01/seat.json").write_text(json.dumps(known), "utf-8")
    return checkout


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Twin, Twin]]:
    """Two copies of this checkout in paths that no socket could stand in; each knows the way to one seat01."""
    machines = golden_machines(["twin-first", "twin-second"], SUITE)
    made = []
    for name, machine, student in zip(
        ("first", "second"), machines.values(), (FIRST, SECOND), strict=True
    ):
        place = tmp_path_factory.mktemp(name) / ("x" * 100) / "a checkout"
        twin = Twin(checkout_that_knows(machine, place), machine, student)
        twin.folder.mkdir()
        twin.roster(f"{student},甲,一班,seat01")
        made.append(twin)
    for twin in made:
        told = twin.verb("provision")
        assert told.returncode == 0, told.stdout + told.stderr
    yield made[0], made[1]
    for machine in machines.values():
        machine.destroy()


def owner(twin: Twin) -> str:
    """Whose seat it is, by its own word."""
    return twin.machine.out("cat /etc/coursebox/owner")


def test_each_reaches_its_own(twins: tuple[Twin, Twin]) -> None:
    """One after the other, while connections of the first are still open."""
    for twin in (*twins, *twins):
        assert twin.verb("report").returncode == 0
        assert owner(twin) == twin.student


@pytest.fixture(scope="module")
def computers(
    twins: tuple[Twin, Twin], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Twin, Twin]:
    """The first one's, and another that has its class's folder and knows the same seat."""
    first = twins[0]
    place = tmp_path_factory.mktemp("other") / "checkout"
    other = dataclasses.replace(first, checkout=checkout_that_knows(first.machine, place))
    shutil.copytree(first.folder, other.folder)
    return first, other


@pytest.mark.parametrize(
    "verbs", [*itertools.combinations_with_replacement(("provision", "reset"), 2)], ids="-".join
)
def test_two_computers_with_one_class(computers: tuple[Twin, Twin], verbs: tuple[str, str]) -> None:
    """Their verbs at once: on the seat, one waits for the other, and both end well."""
    machine = computers[0].machine
    machine.student("mkdir -p labs/1.2/work && echo x > labs/1.2/work/x")
    running = [
        twin.checkout.start(*twin.command(verb, *(["--yes"] if verb == "reset" else [])))
        for twin, verb in zip(computers, verbs, strict=True)
    ]
    for process in running:
        out, err = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, out + err
    is_left = machine.run("test -e /home/tarena/labs/1.2/work/x").returncode == 0
    assert is_left == ("reset" not in verbs)


@pytest.mark.parametrize("verb", [("reset",), ("remove",)])
def test_what_cannot_be_undone_asks(twins: tuple[Twin, Twin], verb: tuple[str, ...]) -> None:
    """With its numbers; where nobody can answer nothing happens. What stands outside ~/labs counts too."""
    twin = twins[1]
    twin.machine.student(
        "echo mine > ~/letter.txt && mkdir -p labs/1.2/work && echo x > labs/1.2/work/x"
    )
    limited = ("--limit=seat01",) if verb == ("remove",) else ()
    told = twin.verb(*verb, *limited)
    assert told.returncode == 1
    assert "YES=1" in told.stderr
    assert "1 个学生" in told.stderr
    assert ("2 个他们自己写的文件" if limited else "一共在 1 个实验") in told.stderr
    assert twin.machine.student("cat letter.txt labs/1.2/work/x") == "mine\nx"


def test_seat_of_somebody_else_is_left_alone(twins: tuple[Twin, Twin]) -> None:
    """By every verb that changes something; a seat that says of nobody that it is his too."""
    twin = twins[1]
    twin.roster(f"{FIRST},乙,一班,seat01", f"{SECOND},甲,一班,seat02")
    try:
        for verb in ("provision", "collect", "reset", "remove", "restore", "report"):
            yes = ("--yes",) if verb in ("reset", "remove") else ()
            told = twin.verb(verb, "--limit=seat01", *yes)
            assert told.returncode == 1, (verb, told.stdout)
            assert re.search(rf"seat01：没有做完：座位上是学号 {SECOND} 的账号", told.stdout), (
                verb,
                told,
            )
            assert f"名单里学号 {SECOND} 坐 seat02：两个人的座位在名单里换过了" in told.stdout, verb
    finally:
        twin.roster(f"{SECOND},甲,一班,seat01")
    twin.machine.out("mv /etc/coursebox/owner /etc/coursebox/gone")
    try:
        for verb in ("collect", "reset", "remove", "restore"):
            yes = ("--yes",) if verb in ("reset", "remove") else ()
            told = twin.verb(verb, "--limit=seat01", *yes)
            assert "先运行 make provision LIMIT=seat01" in told.stdout, (verb, told)
    finally:
        twin.machine.out("mv /etc/coursebox/gone /etc/coursebox/owner")
    assert twin.machine.student("cat letter.txt") == "mine"


def test_same_number_in_another_class(twins: tuple[Twin, Twin]) -> None:
    """Addresses swapped, numbers the same: each verb knows the class; a seat from before classes had an id gets it."""
    twin = twins[1]
    place = twin.folder / "class-id"
    theirs, ours = (t.machine.out("cat /etc/coursebox/class") for t in twins)
    assert (theirs, ours) == tuple((t.folder / "class-id").read_text().strip() for t in twins)
    assert theirs != ours
    place.write_text(f"{theirs}\n")
    try:
        for verb in ("provision", "collect", "reset", "remove", "restore", "report"):
            yes = ("--yes",) if verb in ("reset", "remove") else ()
            told = twin.verb(verb, "--limit=seat01", *yes)
            assert told.returncode == 1, (verb, told.stdout)
            line = rf"seat01：没有做完：座位是另一个班的（班号 {ours}），这个班的班号是 {theirs}.*OWNER={SECOND}@{ours}"
            assert re.search(line, told.stdout), (verb, told)
        wrong = twin.verb("remove", "--limit=seat01", "--yes", f"--owner={SECOND}@another")
        assert f"（班号 {ours}）" in wrong.stdout
    finally:
        place.write_text(f"{ours}\n")
    twin.machine.out("rm /etc/coursebox/class")
    assert twin.verb("report").returncode == 0
    assert twin.verb("provision").returncode == 0
    assert twin.machine.out("cat /etc/coursebox/class") == ours
    assert twin.machine.student("cat letter.txt") == "mine"


def test_removal_takes_its_own_and_restore_brings_it_back(twins: tuple[Twin, Twin]) -> None:
    """Right after a verb in the other checkout, and nothing that stands there meanwhile is lost."""
    first, second = twins
    assert first.verb("report").returncode == 0
    removed = second.verb("remove", "--limit=seat01", "--yes")
    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert first.machine.run(f"id {expected.USER}").returncode == 0
    assert second.machine.run(f"id {expected.USER}").returncode != 0
    for verb in ("report", "collect"):
        gone = second.verb(verb)
        assert "座位上没有账号 tarena：先运行 make provision LIMIT=seat01" in gone.stdout, gone
    assert second.verb("provision").returncode == 0
    second.machine.student("echo newer > ~/letter.txt; echo kept > ~/new.txt")
    restored = second.verb("restore", "--limit=seat01")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert re.search(r"seat01：恢复了 \d+ 个文件，原来不一样的 \d+ 个挪到了", restored.stdout)
    machine = second.machine
    assert machine.student("cat letter.txt labs/1.2/work/x new.txt") == "mine\nx\nkept"
    assert machine.student("cat before-restore-*/letter.txt") == "newer"
    assert machine.student("find . ! -user tarena") == ""
    assert machine.student("ls -d .coursebox-restore.* 2>/dev/null; echo") == ""
    assert second.verb("provision").returncode == 0
    again = second.verb("restore", "--limit=seat01")
    assert again.returncode == 0, again.stdout + again.stderr
    assert machine.student("cat letter.txt new.txt") == "mine\nkept"


def test_collected_work_comes_back_too(twins: tuple[Twin, Twin]) -> None:
    """From this computer, to the student whose it is alone; one that is damaged is refused before anything runs."""
    second = twins[1]
    assert second.verb("collect").returncode == 0
    (archive,) = sorted((second.folder / "collected/work" / SECOND).glob("*.tar.gz"))[-1:]
    second.machine.student("rm -r labs/1.2")
    restored = second.verb("restore", "--limit=seat01", f"--archive={archive}")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert second.machine.student("cat labs/1.2/work/x") == "x"
    assert second.machine.run("ls /run/coursebox-restore.*").returncode != 0
    broken = second.folder / "broken.tar.gz"
    broken.write_bytes(archive.read_bytes()[:-50])
    other = second.folder / f"{FIRST}-20260101-000000.tar.gz"
    other.write_bytes(archive.read_bytes())
    for wrong in (broken, other, second.folder / "none.tar.gz"):
        told = second.verb("restore", "--limit=seat01", f"--archive={wrong}")
        assert told.returncode == 1
        assert f"ARCHIVE={wrong}" in told.stderr
        assert told.stderr.count("\n") == 1


def test_student_who_was_replaced_in_the_roster(twins: tuple[Twin, Twin]) -> None:
    """Whose account it is has to be named."""
    second = twins[1]
    second.roster("20260299,丙,一班,seat01")
    wrong = second.verb("remove", "--limit=seat01", "--yes", "--owner=20260298")
    assert f"座位上是学号 {SECOND} " in wrong.stdout
    done = second.verb("remove", "--limit=seat01", "--yes", f"--owner={SECOND}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert second.machine.run(f"id {expected.USER}").returncode != 0
    assert os.listdir(second.folder / "collected/work") == [SECOND]
