"""Runs a playbook over a class's seats; one that is broken never stops the others, and its reason is told."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classroom.course_class import ClassError, CourseClass
from host.paths import LOGS, ROOT, VENV

# A seat that hangs is given up after a quarter of a minute, also in the middle of a command.
_SSH = (
    "-o ControlMaster=auto -o ControlPersist=60s -o StrictHostKeyChecking=accept-new"
    " -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3"
)


@dataclass(frozen=True)
class Outcome:
    """What a playbook came to on one seat: `reason` is empty where it worked, `data` what the seat was asked for."""

    seat: str
    reason: str
    changed: bool
    data: dict[str, Any]


def options(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the seats."""
    parser.add_argument("--limit", default="", help="only these seats, as Ansible reads them")


def playbook(found: CourseClass, name: str, limit: str, **variables: object) -> dict[str, Outcome]:
    """Run `playbooks/NAME.yml` over the class's seats; return how it went, by seat.

    What Ansible prints goes to a log. Raises ClassError where nothing could be run at all.
    """
    # Else Ansible would say it, among much else.
    found.passwords()
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"class-{name}.log"
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "outcomes.json"
        command = [
            *(str(VENV / "bin/python"), "-m", "ansible", "playbook"),
            *("-i", str(found.folder)),
            *(("--limit", limit) if limit else ()),
            *("--extra-vars", json.dumps(variables)),
            f"playbooks/{name}.yml",
        ]
        environ = os.environ | {
            "ANSIBLE_CALLBACKS_ENABLED": "class_outcomes",
            "ANSIBLE_SSH_ARGS": _SSH,
            "ANSIBLE_NOCOLOR": "1",
            "COURSEBOX_OUTCOMES": str(report),
        }
        with log.open("wb") as output:
            done = subprocess.run(
                command, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT, check=False
            )
        if not report.exists():
            tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-8:])
            if limit and "no hosts to target" in tail:
                raise _nobody(found, limit)
            raise ClassError(
                f"Ansible 没有运行起来（退出码 {done.returncode}）：\n{tail}\n详情见 {log}。"
            )
        entries = json.loads(report.read_text("utf-8"))
    if not entries:
        raise _nobody(found, limit)
    return {seat: Outcome(seat=seat, **entry) for seat, entry in sorted(entries.items())}


def _nobody(found: CourseClass, limit: str) -> ClassError:
    return ClassError(f"没有座位符合 {limit!r}。名单里的座位：{' '.join(found.roster.by_seat())}")


def tell(outcomes: dict[str, Outcome]) -> int:
    """Print a line for all that worked and one for each seat that did not; return 0 or 1."""
    broken = [outcome for outcome in outcomes.values() if outcome.reason]
    changed = sum(outcome.changed for outcome in outcomes.values() if not outcome.reason)
    print(
        f"{len(outcomes) - len(broken)} 个座位完成（{changed} 个有变化），{len(broken)} 个没有完成。"
    )
    for outcome in broken:
        print(f"  {outcome.seat}：{outcome.reason}")
    for outcome in outcomes.values():
        for line in outcome.data.get("told", []):
            print(f"  {outcome.seat}：{line}")
    if broken:
        print("别的座位不受影响。解决以后再运行一次，就会接着做。")
    return 1 if broken else 0
