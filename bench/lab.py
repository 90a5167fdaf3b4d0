"""The `lab` command on a seat, timed there: its start, a check that runs no program of the student's, all solutions."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from bench import measure
from host import seat
from host.paths import ROOT
from tests.machine import expected
from tests.support import labfiles

# Runs on the seat: both commands in turn, their seconds as JSON.
TIMES = """
import json, subprocess, sys, time
pairs = []
for _ in range(int(sys.argv[1])):
    pair = []
    for command in sys.argv[2:4]:
        begun = time.perf_counter()
        subprocess.run(command, shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pair.append(time.perf_counter() - begun)
    pairs.append(pair)
print(json.dumps(pairs))
"""
CHECKED = "1.2"


def run(runs: int) -> None:
    """Print its rows."""
    measure.make_golden()
    machine = measure.fresh("bench-lab", "golden")
    try:
        measure.playbook(Path(machine.ssh_config).with_name("inventory.yml"))
        measure.output(measure.ssh(machine, f"lab start {CHECKED}", "tarena"))
        python = "python3 -c pass"
        for command, goal in (("lab", "0.3 s"), (f"lab check {CHECKED}", "0.5 s more")):
            words = " ".join(f"'{word}'" for word in (str(4 * runs), command, python))
            remote = f"python3 -c '{TIMES}' {words}"
            pairs = json.loads(measure.output(measure.ssh(machine, remote, "tarena")))
            ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            measure.row(f"`{command}`", ours, f"`{python}`", theirs, goal)
        solutions(machine)
    finally:
        seat.destroy("bench-lab")


def solutions(machine: seat.Seat) -> None:
    """Do every exercise on the seat, one after the other, and print how long the checks take."""
    source = (ROOT / "tests/machine/on_seat/do_exercise.py").read_text("utf-8")
    seconds = {}
    for exercise in labfiles.exercises():
        job = {
            "lab": exercise.lab,
            "files": exercise.solved(),
            "password": expected.PASSWORD,
            "seconds": exercise.seconds,
            "times": 1,
        }
        command = shlex.join(["python3", "-c", source, json.dumps(job)])
        done = json.loads(measure.output(measure.ssh(machine, command, expected.USER)))
        (check,) = done["checks"]
        if check["rc"]:
            raise SystemExit(f"the solution of {exercise.lab} does not pass: {check}")
        seconds[exercise.lab] = check["seconds"]
    slowest = max(seconds, key=lambda lab: seconds[lab])
    total = sum(seconds.values())
    print(
        f"| checks of all {len(seconds)} solutions | {total:.1f} | the longest, {slowest} | {seconds[slowest]:.1f} | | |"
    )
