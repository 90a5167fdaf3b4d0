"""Runs a playbook over a class's seats; one that is broken never stops the others, and its reason is told."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from classroom.answers import AnswerError
from classroom.course_class import ClassError, CourseClass
from classroom.i18n import translated as _
from classroom.roster import Student
from classroom.text import plain
from host import connections, lock, provision
from host.paths import LOGS, ROOT, VENV

T = TypeVar("T")

# A seat that hangs is given up after a quarter of a minute, also in the middle of a command.
_SSH = (
    "-o ControlMaster=auto -o ControlPersist=60s -o StrictHostKeyChecking=accept-new"
    " -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3"
)
_TELL_SECONDS = 5.0
# Playbooks that change nothing wait for no other verb of the class.
_LOOKS = ("look", "mirrors", "report")
_BUSY = re.compile(r"^\S+(?:：座位正忙|: the seat is busy).*$", re.MULTILINE)
# A task, or a role of a task that carries out several, on whichever seat.
_STEP = re.compile(r"^(?:TASK \[.*\]|\S+(?:：配置|: provisioning)( \w+)$)", re.MULTILINE)
# How each verb's own words, on the seat and in the roles, begin where somebody else sits there.
_OTHER = re.compile(r"(?:座位上是学号|of student) ([A-Za-z0-9_-]{1,32})\b")


@dataclass(frozen=True)
class SeatOutcome:
    """What a playbook came to on one seat: `reason` is empty where it worked, `data` what the seat was asked for."""

    seat: str
    reason: str
    changed: bool
    data: dict[str, Any]


def options(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the seats."""
    parser.add_argument("--limit", help=_("只管这些座位、学生或班级"))


def playbook(
    course_class: CourseClass,
    name: str,
    students: Sequence[Student],
    doing: str,
    **variables: object,
) -> dict[str, SeatOutcome]:
    """Run `playbooks/NAME.yml` over these students' seats and no other; return how it went, by seat.

    `doing` is what the instructor reads meanwhile; what Ansible prints goes to a log. Raises ClassError where nothing could
    be run at all.
    """
    # Else Ansible would say it, among much else.
    course_class.passwords()
    course_class.ensure_identity()
    connections.folder(course_class.folder)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"class-{name}.log"
    by_seat = {student.seat: student for student in students}
    held = nullcontext(None) if name in _LOOKS else lock.alone("class", course_class.collected)
    with held as holder, tempfile.TemporaryDirectory() as scratch:
        print(
            _("{doing}：{count} 个座位……", doing=doing, count=len(by_seat)),
            file=sys.stderr,
            flush=True,
        )
        report = Path(scratch) / "outcomes.json"
        command = [
            # Each line at once, else who waits for whom would be read when the log's buffer is full.
            *(str(VENV / "bin/python"), "-u", "-m", "ansible", "playbook"),
            *(part for source in course_class.sources for part in ("-i", str(source))),
            *("--limit", ",".join(by_seat)),
            *("--extra-vars", provision.as_they_are(variables)),
            f"playbooks/{name}.yml",
        ]
        environ = os.environ | {
            "ANSIBLE_CALLBACKS_ENABLED": "class_outcomes",
            "ANSIBLE_INVENTORY_ENABLED": "roster,yaml",
            "ANSIBLE_SSH_ARGS": _SSH,
            "ANSIBLE_NOCOLOR": "1",
            "COURSEBOX_OUTCOMES": str(report),
        }
        code = _run(command, environ, log, doing, holder)
        if not report.exists():
            lines = log.read_text("utf-8", "replace").splitlines()
            tail = "\n".join(plain(line, 400) for line in lines[-8:])
            raise ClassError(
                _(
                    "Ansible 没有运行起来（退出码 {code}）：\n{tail}\n详情见 {log}。",
                    code=code,
                    tail=tail,
                    log=log,
                )
            )
        entries = json.loads(report.read_text("utf-8"))
    outcomes = {}
    for seat in by_seat:
        entry = entries.get(seat) or {"reason": _("没有轮到它"), "changed": False, "data": {}}
        outcomes[seat] = _explained(course_class, SeatOutcome(seat=seat, **entry))
    return outcomes


def _run(
    command: list[str], environ: dict[str, str], log: Path, doing: str, holder: int | None
) -> int:
    """Run a command to its end; say every few seconds that it still goes on, at what, and for whom a seat waits.

    It holds the lock with the descriptor `holder` as long as it lives, also when this process is killed.
    """
    began = time.monotonic()
    waits: set[str] = set()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[] if holder is None else [holder],
        )
        try:
            while True:
                try:
                    return process.wait(_TELL_SECONDS)
                except subprocess.TimeoutExpired:
                    output_so_far = log.read_text("utf-8", "replace")
                    tasks = len({step[1] or step[0] for step in _STEP.finditer(output_so_far)})
                    for line in dict.fromkeys(_BUSY.findall(output_so_far)):
                        if line not in waits:
                            print(f"  {plain(line)}", file=sys.stderr, flush=True)
                            waits.add(line)
                    print(
                        _(
                            "  {doing}：{seconds:.0f} 秒，第 {tasks} 步（详情：{log}）",
                            doing=doing,
                            seconds=time.monotonic() - began,
                            tasks=tasks,
                            log=log,
                        ),
                        file=sys.stderr,
                        flush=True,
                    )
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()


def _explained(course_class: CourseClass, outcome: SeatOutcome) -> SeatOutcome:
    """Return an outcome that says where the student who sits on a seat sits by the roster, if elsewhere."""
    match = _OTHER.search(outcome.reason)
    here = next((s for s in course_class.roster.students if match and s.number == match[1]), None)
    if here is None or here.seat == outcome.seat:
        return outcome
    reason = _(
        "{reason}（名单里学号 {number} 坐 {seat}：两个人的座位在名单里换过了？改回 {name}，或者先收、再移除、再恢复到新座位：make collect、remove、restore）",
        reason=outcome.reason,
        number=here.number,
        seat=here.seat,
        name=course_class.roster_path.name,
    )
    return replace(outcome, reason=reason)


def read(
    outcomes: dict[str, SeatOutcome], key: str, reader: Callable[[Any], T]
) -> tuple[dict[str, SeatOutcome], dict[str, T]]:
    """Read what each seat answered; an answer that is none becomes that seat's reason, and costs no other seat."""
    updated = dict(outcomes)
    answers = {}
    for seat, outcome in outcomes.items():
        if outcome.reason:
            continue
        try:
            answers[seat] = reader(outcome.data.get(key))
        except AnswerError as error:
            updated[seat] = replace(outcome, reason=plain(error, 300))
    return updated, answers


def tell(outcomes: dict[str, SeatOutcome]) -> int:
    """Print a line for all that worked and one for each seat that did not; return 0 or 1."""
    broken = [outcome for outcome in outcomes.values() if outcome.reason]
    changed = sum(outcome.changed for outcome in outcomes.values() if not outcome.reason)
    print(
        _(
            "{done} 个座位完成（{changed} 个有变化），{broken} 个没有完成。",
            done=len(outcomes) - len(broken),
            changed=changed,
            broken=len(broken),
        )
    )
    for outcome in broken:
        print(_("  {seat}：{reason}", seat=outcome.seat, reason=outcome.reason))
    for outcome in outcomes.values():
        for line in outcome.data.get("notices", []):
            print(_("  {seat}：{reason}", seat=outcome.seat, reason=line))
    if broken:
        print(_("别的座位不受影响。解决以后再运行一次，就会接着做。"))
    return 1 if broken else 0
