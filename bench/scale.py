"""A class of container seats: how time and memory grow with their number."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import matplotlib

from bench import measure, provisioning
from host import seat
from host.paths import BUILD, ROOT

SIZES = (1, 4, 8, 16, 32)
RESTORED = 16
TOGETHER = 4
# Bringing 32 seats up and down takes its time.
UPS = 3
LAB = "5.3.2"
PLOT = BUILD / "bench" / "growth.svg"
VERBS = ("provision", "report", "collect", "reset", "mirrors")


def run(runs: int) -> None:
    """Print its rows, a table of growth, and draw it."""
    growth: dict[int, dict[str, float]] = {}
    measure.make_golden()
    try:
        with tempfile.TemporaryDirectory(prefix="coursebox-scale-") as folder:
            for size in SIZES:
                growth[size] = measure_class(size, runs, Path(folder) / str(size))
    finally:
        clear()
    one, most = growth[SIZES[0]], growth[SIZES[-1]]
    ours, theirs = (most[name] / one[name] for name in ("changeless", "ping"))
    grown = f"changeless, growth from {SIZES[0]} to {SIZES[-1]} seats (times)"
    measure.row(grown, [ours], "`ansible ping`'s own", [theirs], "1")
    print(
        f"| controller's memory, {SIZES[-1]} seats, MiB | {most['controller MiB']:.0f} | | | | 200 |"
    )
    print()
    columns = list(growth[SIZES[0]])
    print(f"| seats | {' | '.join(columns)} |")
    print(f"| {' | '.join(['---'] * (len(columns) + 1))} |")
    for size, found in growth.items():
        print(f"| {size} | {' | '.join(f'{found[column]:.2f}' for column in columns)} |")
    draw(growth)
    print(f"\nPlot: {PLOT.relative_to(ROOT)}")


def names(count: int) -> list[str]:
    """Return the seats' names."""
    return [f"scale{number:02}" for number in range(1, count + 1)]


def measure_class(size: int, runs: int, folder: Path) -> dict[str, float]:
    """Bring a class of this size up and carry out every verb; return seconds and MiB by what was measured."""
    if size == SIZES[-1]:
        ours, plain = up_against_plain(size, runs, folder.parent / "load")
        most = f"{size} seats from the golden image, every login working"
        measure.row(most, ours, "the plain script, one seat", plain, "0.5")
    else:
        clear()
        ours = [measure.timed(partial(up, size))]
    seats = [seat.load(name) for name in names(size)]
    found = {"up": statistics.median(ours)}
    measure.report(f"{size} seats: up in {found['up']:.1f} s")
    hosts: dict[str, object] = {}
    for each in seats:
        inventory = json.loads(Path(each.ssh_config).with_name("inventory.yml").read_text("utf-8"))
        hosts |= inventory["seats"]["hosts"]
    folder.mkdir()
    (folder / "hosts.yml").write_text(json.dumps({"seats": {"hosts": hosts}}), "utf-8")
    students = [f"2026{n:02},学生{n:02},一班,{name}" for n, name in enumerate(names(size), 1)]
    roster = "\n".join(["学号,姓名,班级,座位", *students, ""])
    (folder / "roster.csv").write_text(roster, "utf-8")
    for verb in VERBS:
        found[verb] = measure.timed(partial(make, verb, folder))
        measure.report(f"{size} seats: {verb} {found[verb]:.1f} s")
    again, found["controller MiB"] = watched(partial(make, "provision", folder))
    assert re.search(r"[（(]0 ", again), again
    ours, theirs = measure.alternate(
        runs,
        partial(measure.playbook, folder, **vault(folder)),
        partial(measure.ping, folder, **vault(folder)),
    )
    found["changeless"], found["ping"] = statistics.median(ours), statistics.median(theirs)
    if size in (SIZES[0], SIZES[-1]):
        measure.row(f"changeless provisioning, {size} seats", ours, "`ansible ping`", theirs, "1.7")
    if size == RESTORED:
        restore(folder, seats, runs)
    found["MiB a seat"] = statistics.median(map(memory, seats))
    return found


def clear() -> None:
    """Destroy the class."""
    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(seat.destroy, names(max(SIZES))))


def up(size: int) -> None:
    """Bring so many seats up, none of which is there, until every login works."""
    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(partial(measure.new, image="golden"), names(size)))


def up_against_plain(size: int, runs: int, load: Path) -> tuple[list[float], list[float]]:
    """Return the seconds of so many golden seats and those of the plain script on one bare seat, taking turns."""
    ours, plain = [], []
    load.mkdir()
    for number in range(min(runs, UPS)):
        clear()
        ours.append(measure.timed(partial(up, size)))
        if number == 0:
            provisioning.bring(seat.load(names(1)[0]), load)
        bare = measure.fresh("bench-plain")
        plain.append(measure.timed(partial(provisioning.by_hand, bare, load)))
        seat.destroy("bench-plain")
        measure.report(f"{size} seats up {ours[-1]:.1f} s, the plain script {plain[-1]:.1f} s")
    return ours, plain


def make(verb: str, folder: Path) -> str:
    """Carry out one of the instructor's verbs."""
    return measure.output(
        ["make", "-s", verb], CLASS=str(folder), LAB=LAB, YES="1", **vault(folder)
    )


def vault(folder: Path) -> dict[str, str]:
    """Return what lets Ansible read a class's passwords."""
    return {"ANSIBLE_VAULT_PASSWORD_FILE": str(folder.parent / "vault-password")}


def restore(folder: Path, seats: list[seat.Seat], runs: int) -> None:
    """Print the row of lab files that were deleted and are laid again, against tar over SSH."""
    pack = "tar -czf /tmp/labs.tar.gz -C /home/tarena labs"
    measure.output(measure.ssh(seats[0], f"sudo {pack} && sudo chmod a+r /tmp/labs.tar.gz"))
    tar = subprocess.run(
        measure.ssh(seats[0], "cat /tmp/labs.tar.gz"), capture_output=True, check=True
    ).stdout

    def everywhere(command: str, stdin: bytes = b"") -> None:
        def one(machine: seat.Seat) -> None:
            words = measure.ssh(machine, command, "tarena")
            subprocess.run(words, input=stdin, capture_output=True, check=True)

        with ThreadPoolExecutor(10) as pool:
            list(pool.map(one, seats))

    ours, theirs = [], []
    for _ in range(runs):
        everywhere("rm -rf labs")
        ours.append(measure.timed(partial(measure.playbook, folder, **vault(folder))))
        everywhere("rm -rf labs")
        theirs.append(measure.timed(partial(everywhere, "tar -xz", tar)))
    measure.row(f"lab files restored, {len(seats)} seats", ours, "tar over ssh", theirs, "1.5")


def memory(machine: seat.Seat) -> float:
    """Return the MiB of memory that a container's processes hold themselves, without the page cache."""
    format_ = "{{.Id}}"
    found = measure.output(["docker", "inspect", "--format", format_, machine.container]).strip()
    for place in (f"/sys/fs/cgroup/memory/docker/{found}", f"/sys/fs/cgroup/docker/{found}"):
        stat = Path(place) / "memory.stat"
        if stat.exists():
            lines = dict(line.split() for line in stat.read_text("ascii").splitlines())
            return int(lines.get("total_rss") or lines["anon"]) / 2**20
    return float("nan")


def watched(work: Callable[[], str]) -> tuple[str, float]:
    """Return what some work printed, and the most memory in MiB that processes beneath this one shared among them."""
    most = 0.0
    over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.2):
            most = max(most, sum(map(share, beneath(os.getpid()))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return work(), most
    finally:
        over.set()
        watcher.join()


def beneath(pid: int) -> list[int]:
    """Return all descendants of a process."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except OSError:
        return []
    children = [int(word) for word in text.split()]
    return children + [below for child in children for below in beneath(child)]


def share(pid: int) -> float:
    """Return a process's proportional share of memory in MiB; see proc_pid_smaps(5)."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line[:4] == "Pss:")


def draw(growth: dict[int, dict[str, float]]) -> None:
    """Draw seconds and memory over the number of seats."""
    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    sizes = list(growth)
    for name in ("up", *VERBS, "changeless", "ping"):
        left.plot(sizes, [growth[size][name] for size in sizes], marker="o", label=name)
    left.set(xlabel="seats", ylabel="seconds", xticks=sizes, title="Seconds", ylim=(0, None))
    left.legend()
    for name in ("controller MiB", "MiB a seat"):
        right.plot(sizes, [growth[size][name] for size in sizes], marker="o", label=name)
    right.set(xlabel="seats", ylabel="MiB", xticks=sizes, title="Memory", ylim=(0, None))
    right.legend()
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOT)
