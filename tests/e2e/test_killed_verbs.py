"""The instructor's verbs, killed while seats work, are completed by one more run begun at once; two at once both end well."""

from __future__ import annotations

import io
import os
import pathlib
import random
import re
import subprocess
import tarfile
import time
import warnings
from collections.abc import Iterator, Mapping

import pytest

from classroom import collected
from host.paths import ROOT
from tests.support import labfiles
from tests.support.classroom import Class, golden_machines, hosts
from tests.support.machine import Machine, host_tool
from tests.support.processes import ends_within, kill, wait_until

SUITE = os.environ.get("KILLS_SUITE") or "trixie"
ONE, TWO = "killed-one", "killed-two"
NUMBERS = {ONE: "20260101", TWO: "20260102"}
LIMIT = f"{ONE} {TWO}"
LAB, WORK = "5.3.2", "labs/5.3.2/work/upper.py"
REMOVED = "/var/lib/coursebox/removed"
DEADLINE = 300
# `make kills COUNT=50` kills each verb 20 times. The same SEED draws the same moments.
KILLS = int(os.environ["KILLS"]) * 2 // 5 if os.environ.get("KILLS") else 1
SEED = os.environ.get("SEED") or os.urandom(4).hex()
# How long a verb takes once a seat is at work, at least; each run that comes to its end says it anew.
SECONDS = {"collect": 1.0, "reset": 1.0, "remove": 1.0, "regrade": 5.0}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """Two seats from a golden image."""
    folder = tmp_path_factory.mktemp("killed") / "klasse"
    folder.mkdir()
    rows = "".join(f"{number},甲,一班,{seat}\n" for seat, number in NUMBERS.items())
    (folder / "roster.csv").write_text(f"学号,姓名,班级,座位\n{rows}", encoding="utf-8")
    machines = golden_machines(NUMBERS, SUITE)
    (folder / "hosts.yml").write_text(hosts(machines))
    yield Class(folder, SUITE, machines)
    for machine in machines.values():
        machine.destroy()


@pytest.fixture
def words(course: Class) -> str:
    """What both students wrote for this test alone, beside files that take a while to be packed."""
    told = course.make("provision")
    assert told.returncode == 0, told.stdout + told.stderr
    words = os.urandom(8).hex()
    for machine in course.machines.values():
        machine.run(f"find {REMOVED} -type f -delete")
        machine.student(f"lab start {LAB} > /dev/null 2>&1; echo '# {words}' > {WORK}")
        machine.student("for n in 1 2 3; do head -c 5M /dev/urandom > labs/$n.bin; done")
        machine.student(f"echo {words} > notes.txt; head -c 20M /dev/urandom > large.bin")
    return words


def run(
    course: Class, verb: str, variables: Mapping[str, str], killed_after: float | None = None
) -> str:
    """Run a verb; kill its process group so long after a seat is at work, or let it come to its end, and well.

    Returns what it printed.
    """
    printed = course.folder.parent / "printed"
    machine = course.machines[ONE]
    machine.out("rm -f /run/coursebox/lock")
    with printed.open("w") as output:
        started = course.start(verb, variables, output)
    if verb == "regrade":
        wait_until(
            lambda: "准备一个全新的座位" in printed.read_text("utf-8"), started, printed.read_text
        )
    else:
        # The first that it does on a seat is to take the lock there.
        machine.wait_until("[ -s /run/coursebox/lock ]")
    begun = time.monotonic()
    if not ends_within(started, DEADLINE if killed_after is None else killed_after):
        kill(started)
        assert killed_after is not None, f"{verb} hangs\n{printed.read_text('utf-8')}"
        return printed.read_text("utf-8")
    if killed_after is not None:
        warnings.warn(f"{verb} came to its end before it was killed", stacklevel=2)
    assert started.returncode == 0, printed.read_text("utf-8")
    if killed_after is None:
        SECONDS[verb] = time.monotonic() - begun
    return printed.read_text("utf-8")


def run_after_a_kill(course: Class, verb: str, number: int, **variables: str) -> str:
    """Kill a verb at a moment that chance finds, then run it again at once; return what that run printed."""
    moment = random.Random(f"{SEED} {verb} {number}").uniform(0, 0.9 * SECONDS[verb])
    print(f"SEED={SEED}: {verb} {number}, kill -9 {moment:.2f} s after a seat began")
    print(run(course, verb, variables, moment))
    return run(course, verb, variables)


def sums(machine: Machine, folder: str) -> dict[str, str]:
    """The checksums of all files in a folder of the seat, by name."""
    found = machine.out(f"cd {folder} && find . -type f -exec sha256sum {{}} +").splitlines()
    return {
        name.removeprefix("./"): digest for digest, _, name in (s.partition("  ") for s in found)
    }


def kept(course: Class) -> dict[pathlib.Path, dict[str, str]]:
    """All archives of the class, each read to its end, with the checksums that they hold; no other file stands there."""
    found = {}
    for number in NUMBERS.values():
        for archive in course.archives(number):
            found[archive] = dict(collected.manifest(io.BytesIO(archive.read_bytes())).files)
        folder = course.collected / "work" / number
        assert set(folder.iterdir()) == {
            *course.archives(number),
            folder / "latest.json",
        }
    return found


def expect_collected(course: Class, words: str) -> None:
    """Each student's work is kept with what was written for this test."""
    kept(course)
    for number in NUMBERS.values():
        texts = []
        for place in course.archives(number):
            with tarfile.open(place) as archive:
                member = archive.extractfile(WORK) if WORK in archive.getnames() else None
                texts.append(member.read().decode() if member else "")
        assert any(words in text for text in texts)


@pytest.mark.parametrize("number", range(KILLS))
def test_random_kill_of_collect(course: Class, words: str, number: int) -> None:
    """The newest archive is what stands on the seat, byte for byte."""
    run_after_a_kill(course, "collect", number)
    archives = kept(course)
    for seat, machine in course.machines.items():
        folder = course.collected / "work" / NUMBERS[seat]
        latest = collected.latest(folder)
        assert latest
        held = {n: s for n, s in archives[folder / latest["file"]].items() if n.startswith("labs/")}
        assert held == {f"labs/{n}": s for n, s in sums(machine, "/home/tarena/labs").items()}


@pytest.mark.parametrize("number", range(KILLS))
def test_random_kill_of_reset(course: Class, words: str, number: int) -> None:
    """The lab is new, what it held is archived on the seat and here, and all else stands as it stood."""

    def others(machine: Machine) -> dict[str, str]:
        found = sums(machine, "/home/tarena/labs").items()
        return {
            name: value for name, value in found if not name.startswith((f"{LAB}/", "archive/"))
        }

    before = {seat: others(machine) for seat, machine in course.machines.items()}
    run_after_a_kill(course, "reset", number, LIMIT=LIMIT, LAB=LAB)
    starter = (ROOT / f"labfiles/5/{LAB}/starter/upper.py").read_text("utf-8").strip()
    expect_collected(course, words)
    for seat, machine in course.machines.items():
        assert machine.student(f"cat {WORK}") == starter
        assert others(machine) == before[seat]
        within = WORK.removeprefix("labs/")
        archived = f'for a in labs/archive/{LAB}-*; do tar -xzOf "$a" {within} || exit; done'
        assert words in machine.student(f"set -e; {archived}")


@pytest.mark.parametrize("number", range(KILLS))
def test_random_kill_of_remove(course: Class, words: str, number: int) -> None:
    """Nobody is gone whose home is not archived whole, and what bears an archive's name is one."""
    before = {seat: sums(machine, "/home/tarena") for seat, machine in course.machines.items()}
    told = run_after_a_kill(course, "remove", number, LIMIT=LIMIT, YES="1")
    expect_collected(course, words)
    for seat, machine in course.machines.items():
        assert machine.run("getent passwd tarena || ls -d /home/tarena").returncode != 0
        (place,) = re.findall(rf"{REMOVED}/{NUMBERS[seat]}\S*?\.tar\.gz", told)
        machine.out(f"rm -rf /tmp/read && mkdir /tmp/read && tar -xzf {place} -C /tmp/read")
        assert sums(machine, "/tmp/read") == before[seat]
        assert set(sums(machine, REMOVED)) == {pathlib.PurePath(place).name}


@pytest.mark.parametrize("number", range(KILLS))
def test_random_kill_of_regrade(course: Class, words: str, number: int) -> None:
    """The board says what the work deserves, the archives stand untouched, the fresh seat is gone."""
    solution = labfiles.exercise(LAB).solution
    right = (solution / "upper.py").read_text("utf-8")
    course.machines[ONE].student(f"cat > {WORK} <<'END'\n{right}END\n")
    for machine in course.machines.values():
        # Checking all of them would take minutes.
        machine.student(
            "cd labs && find . -maxdepth 1 ! -name . ! -name 1.2 ! -name 5.3.2 -exec rm -rf {} +"
        )
    run(course, "collect", {})
    before = kept(course)
    run_after_a_kill(course, "regrade", number)
    board = course.board("regrade")
    assert [board[seat][LAB] for seat in (ONE, TWO)] == ["已通过", "未通过"], board
    assert kept(course) == before
    assert '"absent"' in host_tool("seat", "state", "regrade")


@pytest.mark.parametrize("other", ["collect", "reset", "remove"])
def test_two_verbs_of_a_class_at_once(course: Class, words: str, other: str) -> None:
    """The second says for whom it waits; both do all that they do."""
    variables = {} if other == "collect" else {"LIMIT": LIMIT, "LAB": LAB, "YES": "1"}
    pair = [course.start("collect", {}), course.start(other, variables)]
    said = [process.communicate(timeout=DEADLINE) for process in pair]
    assert pair[1].returncode == 0, said
    # Where the removal was first, nothing is left to collect.
    assert pair[0].returncode == 0 or (other == "remove" and "座位上没有账号" in said[0][0]), said
    waited = [
        err
        for _, err in said
        if re.search(r"make (collect|reset|remove)（进程 \d+，.* 开始）.*等它做完", err)
    ]
    assert len(waited) == 1, said
    expect_collected(course, words)


@pytest.mark.parametrize("verb", ["collect", "reset", "remove", "provision"])
def test_seat_where_somebody_works_is_waited_for(course: Class, words: str, verb: str) -> None:
    """Also from another computer: the one that waits says so, and goes on when the other is killed."""
    hold = (
        "mkdir -p /run/coursebox; exec 9>> /run/coursebox/lock; flock 9;"
        " echo 'make restore（10:00:00 开始）' > /run/coursebox/lock; echo $$; exec sleep 300"
    )
    command = course.machines[ONE].root(hold)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        process = int(holder.stdout.readline())
        printed = course.folder.parent / "waits"
        with printed.open("w") as output:
            waiting = course.start(verb, {"LIMIT": LIMIT, "LAB": LAB, "YES": "1"}, output)
        # At once, not only when much has been printed.
        said = f"{ONE}：座位正忙，make restore（10:00:00 开始）"
        wait_until(lambda: said in printed.read_text("utf-8"), waiting, printed.read_text, 60)
        course.machines[ONE].out(f"kill -KILL {process}")
    assert waiting.wait(DEADLINE) == 0, printed.read_text("utf-8")
    assert f"{TWO}：座位正忙" not in printed.read_text("utf-8")
