"""Checks what was collected once more, on a fresh seat, so that a progress file proves nothing by itself."""

from __future__ import annotations

import json
import shlex
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from classroom import board, collected
from classroom.course_class import ClassError, CourseClass
from classroom.roster import Student
from host import golden, seat, settings
from host.paths import ROOT
from lab import catalogue

_SEAT = "regrade"
_SECONDS = 900
_TOGETHER = 2
_SCRIPT = ROOT / "classroom/on_seat/regrade.sh"
_PROGRESS = ".local/state/coursebox/progress.json"
_SEED = ".local/state/coursebox/seed.json"
_LARGEST = 1024 * 1024


def regrade(found: CourseClass) -> list[board.Row]:
    """Return the class's board as a fresh seat sees it. Raises ClassError and HostError."""
    students = [s for s in found.roster.students if _archive(found, s) is not None]
    if not students:
        raise ClassError("还没有收过作业：先运行 make collect。")
    chosen = settings.load() | {"image": "golden"}
    golden.ensure(chosen, lambda text: print(f"镜像：{text}", flush=True))
    seat.destroy(_SEAT)
    machine = seat.create(_SEAT, chosen, lambda text: None)
    try:
        with ThreadPoolExecutor(_TOGETHER) as pool:
            answers = dict(
                zip(
                    (student.number for student in students),
                    pool.map(lambda student: _ask(machine, found, student), students),
                    strict=True,
                )
            )
    finally:
        seat.destroy(_SEAT)
    copied = _copied(found, students)
    return [
        _row(found, student, answers.get(student.number), copied)
        for student in found.roster.students
    ]


def _archive(found: CourseClass, student: Student) -> Path | None:
    folder = found.kept / "work" / student.number
    known = collected.latest(folder)
    return folder / str(known["file"]) if known else None


def _ask(machine: seat.Seat, found: CourseClass, student: Student) -> str:
    """Let the seat check one student's archive; return what it printed."""
    place = _archive(found, student)
    assert place
    account = f"grade{student.line}"
    script = shlex.quote(_SCRIPT.read_text("utf-8"))
    command = f"sudo bash -c {script} regrade {account} {_SECONDS}"
    with place.open("rb") as archive:
        done = subprocess.run(
            ["ssh", "-F", machine.ssh_config, machine.name, command],
            stdin=archive,
            capture_output=True,
            check=False,
            timeout=2 * _SECONDS,
        )
    if done.returncode:
        return json.dumps({"error": done.stderr.decode("utf-8", "replace")[-200:]})
    return done.stdout.decode("utf-8", "replace")


def _row(
    found: CourseClass, student: Student, answer: str | None, copied: Mapping[str, str]
) -> board.Row:
    if answer is None:
        return board.Row(student, {}, "没有收到这个学生的作业")
    claimed = _claims(found, student)
    checked: dict[str, Any] = {}
    notes = [copied[student.number]] if student.number in copied else []
    for line in answer.splitlines():
        entry = _parsed(line)
        if "error" in entry:
            notes.append(str(entry["error"])[:200])
        for lab in entry.get("labs", ()) if isinstance(entry.get("labs"), list) else ():
            if isinstance(lab, dict):
                checked[str(lab.get("id"))] = lab
    labs = {
        lab.id: _entry(lab, checked.get(lab.id), claimed.get(lab.id, "new"))
        for chapter in catalogue.chapters()
        for lab in chapter.labs
    }
    forged = [
        name
        for name, entry in labs.items()
        if claimed.get(name) == "passed" and entry.state != "passed"
    ]
    if forged:
        notes.append(f"进度文件说通过了，重新检查没有通过：{'、'.join(forged)}")
    return board.Row(student, labs, "", tuple(notes))


def _entry(lab: catalogue.Lab, checked: Any, claimed: str) -> board.Entry:
    """What one lab's second check says; what only the student's own seat can show keeps its claim, and says so."""
    if lab.exercise is None or lab.exercise.seat:
        note = "" if claimed != "passed" else "只有学生自己的机器能检查，这里是学生机器上的结果"
        return board.Entry(lab.id, lab.title, claimed, 0, 0, None, note)
    if checked is None:
        return board.Entry(lab.id, lab.title, "new", 0, 0, None, "")
    if checked.get("passed") is True:
        return board.Entry(lab.id, lab.title, "passed", 0, 0, None, "")
    state = "failed" if claimed != "new" else "new"
    came = str(checked.get("came", ""))[:200]
    return board.Entry(lab.id, lab.title, state, 0, 0, None, came)


def _claims(found: CourseClass, student: Student) -> dict[str, str]:
    data = _read(found, student, _PROGRESS)
    labs = data.get("labs")
    if not isinstance(labs, dict):
        return {}
    return {
        str(name): str(entry.get("state"))
        for name, entry in labs.items()
        if isinstance(entry, dict) and entry.get("state") in board.STATES
    }


def _copied(found: CourseClass, students: list[Student]) -> dict[str, str]:
    """Return a remark for each student whose values are a neighbour's: seeds are made by chance, so none meet."""
    owners: dict[str, list[Student]] = {}
    for student in students:
        seed = _read(found, student, _SEED).get("seed")
        if isinstance(seed, str):
            owners.setdefault(seed, []).append(student)
    return {
        student.number: "和别人的练习数据完全相同："
        + "、".join(other.number for other in same if other is not student)
        for same in owners.values()
        if len(same) > 1
        for student in same
    }


def _read(found: CourseClass, student: Student, name: str) -> dict[str, Any]:
    """Return a small JSON file of an archive, which is read and never unpacked here."""
    place = _archive(found, student)
    assert place
    for member, archive in _members(place):
        if member.name == name and member.isreg() and member.size <= _LARGEST:
            file = archive.extractfile(member)
            return _parsed(file.read().decode("utf-8", "replace")) if file else {}
    return {}


def _members(place: Path) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    with tarfile.open(place, "r:gz") as archive:
        for member in archive:
            yield member, archive


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
