"""Taking time and printing rows: what every benchmark here shares."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from host import golden, seat, settings
from host.paths import ROOT, VENV

SUITE = "bookworm"
HEAD = "| what | seconds (median) | reference | seconds (median) | ratio | goal |\n| --- | --- | --- | --- | --- | --- |"


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def alternate(
    runs: int, ours: Callable[[], object], theirs: Callable[[], object]
) -> tuple[list[float], list[float]]:
    """Return the seconds of both sides, which take turns."""
    pairs = [(timed(ours), timed(theirs)) for _ in range(runs)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def row(name: str, ours: list[float], reference: str, theirs: list[float], goal: str) -> None:
    """Print one row of the table."""
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"| {name} | {a:.2f} | {reference} | {b:.2f} | {a / b:.2f} | {goal} |", flush=True)
    print(json.dumps({name: ours, reference: theirs}), file=sys.stderr, flush=True)


def report(text: str) -> None:
    """Say how it goes."""
    print(text, file=sys.stderr, flush=True)


def output(command: list[str], **environ: str) -> str:
    """Run a command that must not fail, with more in its environment; return what it printed."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def fresh(name: str, image: str = "base") -> seat.Seat:
    """Return a seat that nobody has touched, from the base or the golden image."""
    seat.destroy(name)
    return new(name, image)


def new(name: str, image: str = "base") -> seat.Seat:
    """Return a seat that is not there yet."""
    chosen = settings.load({"COURSEBOX_SUITE": SUITE, "COURSEBOX_IMAGE": image})
    return seat.create(name, chosen, lambda text: None)


def make_golden() -> None:
    """Make the golden image, unless it is there already."""
    golden.ensure(settings.load({"COURSEBOX_SUITE": SUITE}), report)


def ssh(machine: seat.Seat, command: str, user: str = "") -> list[str]:
    """Return the command line that runs a command on a seat."""
    account = ["-o", f"User={user}"] if user else []
    return ["ssh", "-F", machine.ssh_config, *account, machine.name, command]


def ansible(command: str, inventory: Path, *arguments: str, **environ: str) -> str:
    """Run one of Ansible's commands against an inventory; return its output."""
    return output([str(VENV / "bin" / command), "-i", str(inventory), *arguments], **environ)


def playbook(inventory: Path, **environ: str) -> str:
    """Provision."""
    return ansible("ansible-playbook", inventory, "playbooks/site.yml", **environ)


def ping(inventory: Path, **environ: str) -> str:
    """Ask Ansible's own question."""
    return ansible("ansible", inventory, "all", "-m", "ping", **environ)
