"""Checks what was collected once more, on a fresh seat, so that a progress file proves nothing by itself."""

from __future__ import annotations

import shlex
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from classroom import answers, collected, progress
from classroom.course_class import ClassError, CourseClass
from classroom.i18n import translated as _
from classroom.roster import Student
from classroom.text import plain
from host import golden, lock, seat, settings
from host.paths import ROOT
from lab import catalogue
from lab.verbs.list import STATE_LABELS

_SEAT = "regrade"
_SECONDS = 900
_TOGETHER = 2
_SCRIPT = ROOT / "classroom/on_seat/regrade.sh"
_PROGRESS = ".local/state/coursebox/progress.json"
_SEED = ".local/state/coursebox/seed.json"
_LARGEST = 1024 * 1024
_LONGEST_LINE = 256 * 1024
_MOST_NOTES = 20


@dataclass(frozen=True)
class _Grade:
    """What the fresh seat says of one student's work, or the reason why it could not be asked."""

    checks: Mapping[str, answers.Check]
    notes: tuple[str, ...]
    reason: str = ""


def regrade(course_class: CourseClass) -> list[progress.Row]:
    """Return the class's board as a fresh seat sees it, telling each lab as it is done. Raises ClassError and HostError."""
    students = [s for s in course_class.roster.students if _archive(course_class, s) is not None]
    if not students:
        raise ClassError(_("还没有收过作业：先运行 make collect。"))
    grades = {
        s.number: _Grade({}, (), reason) for s in students if (reason := _damage(course_class, s))
    }
    whole = [student for student in students if student.number not in grades]
    # One seat serves all classes of a checkout, one after the other.
    with lock.alone("regrade"):
        grades |= _ask_all(course_class, whole)
    copied = _copied(course_class, whole)
    return [
        _row(course_class, student, grades.get(student.number), copied)
        for student in course_class.roster.students
    ]


def _ask_all(course_class: CourseClass, whole: list[Student]) -> dict[str, _Grade]:
    """Let a fresh seat check these students' work, and tell each as it is done. Raises HostError."""
    chosen = settings.load() | {"image": "golden"}
    golden.ensure(chosen, lambda text: print(_("镜像：{text}", text=text), flush=True))
    print(_("准备一个全新的座位……"), flush=True)
    seat.destroy(_SEAT)
    machine = seat.create(_SEAT, chosen, lambda text: None)
    grades = {}
    try:
        with ThreadPoolExecutor(_TOGETHER) as pool:
            asked = pool.map(lambda student: _ask(machine, course_class, student), whole)
            for count, (student, grade) in enumerate(zip(whole, asked, strict=True), 1):
                grades[student.number] = grade
                passed = sum(check.passed for check in grade.checks.values())
                print(
                    _(
                        "{count}/{students}  {number} {name}：检查了 {labs} 个实验，{passed} 个通过{notes}",
                        count=count,
                        students=len(whole),
                        number=student.number,
                        name=student.name,
                        labs=len(grade.checks),
                        passed=passed,
                        notes="".join(_("；") + note for note in grade.notes),
                    ),
                    flush=True,
                )
    finally:
        seat.destroy(_SEAT)
    return grades


def _archive(course_class: CourseClass, student: Student) -> Path | None:
    folder = course_class.collected / "work" / student.number
    latest = collected.latest(folder)
    return folder / str(latest["file"]) if latest else None


def _damage(course_class: CourseClass, student: Student) -> str:
    """Return what is wrong with a student's archive, which may be older than the checks of today; nothing else."""
    path = _archive(course_class, student)
    assert path
    try:
        with path.open("rb") as packed:
            collected.manifest(packed)
    except (collected.DamagedError, OSError) as error:
        return _("收到的存档不对：{error}；再 make collect 一次", error=plain(error))
    return ""


def _ask(machine: seat.Seat, course_class: CourseClass, student: Student) -> _Grade:
    """Let the seat check one student's archive."""
    path = _archive(course_class, student)
    assert path
    account = f"grade{student.line}"
    script = shlex.quote(_SCRIPT.read_text("utf-8"))
    command = f"sudo bash -c {script} regrade {account} {_SECONDS}"
    checks: dict[str, answers.Check] = {}
    notes = []
    with path.open("rb") as archive, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            ["ssh", "-F", machine.ssh_config, machine.name, command],
            stdin=archive,
            stdout=subprocess.PIPE,
            stderr=said,
        )
        assert process.stdout
        # A seat that falls silent is given up; reading then ends by itself.
        silence = threading.Timer(2 * _SECONDS, process.kill)
        silence.start()
        try:
            while line := process.stdout.readline(_LONGEST_LINE):
                try:
                    done, note = answers.checks(line.decode("utf-8", "replace"))
                except answers.AnswerError as error:
                    done, note = [], _("有一个实验没有检查成：{error}", error=error)
                notes += [note] if note else []
                for check in done:
                    checks[check.id] = check
                    label = _(STATE_LABELS["passed" if check.passed else "failed"])
                    print(
                        _(
                            "  {number} {id}：{label}",
                            number=student.number,
                            id=check.id,
                            label=label,
                        ),
                        flush=True,
                    )
            code = process.wait()
        finally:
            silence.cancel()
            process.kill()
            process.wait()
        if code:
            said.seek(0)
            words = plain(said.read(4096).decode("utf-8", "replace"))
            notes.append(_("检查没有做完：{reason}", reason=words or _("退出码 {code}", code=code)))
    return _Grade(checks, tuple(notes[:_MOST_NOTES]))


def _row(
    course_class: CourseClass, student: Student, grade: _Grade | None, copied: Mapping[str, str]
) -> progress.Row:
    if grade is None:
        return progress.Row(student, {}, _("没有收到这个学生的作业"))
    if grade.reason:
        return progress.Row(student, {}, grade.reason)
    claimed = _claims(course_class, student)
    notes = [*grade.notes, *([copied[student.number]] if student.number in copied else [])]
    labs = {
        lab.id: _entry(lab, grade.checks.get(lab.id), claimed.get(lab.id, "new"))
        for chapter in catalogue.chapters()
        for lab in chapter.labs
    }
    forged = [
        name
        for name, entry in labs.items()
        if claimed.get(name) == "passed" and entry.lab.state != "passed"
    ]
    if forged:
        notes.append(_("进度文件说已通过，重新检查未通过：{forged}", forged=_("、").join(forged)))
    return progress.Row(student, labs, "", tuple(notes))


def _entry(lab: catalogue.Lab, checked: answers.Check | None, claimed: str) -> progress.Entry:
    """What one lab's second check says; what only the student's own seat can show keeps its claim, and says so."""
    if lab.exercise is None or lab.exercise.seat:
        note = "" if claimed != "passed" else _("只有学生自己的机器能检查，这里是学生机器上的结果")
        state, failure = claimed, note
    elif checked is None:
        state, failure = "new", ""
    elif checked.passed:
        state, failure = "passed", ""
    else:
        state, failure = "failed" if claimed != "new" else "new", checked.actual
    return progress.Entry(answers.LabProgress(lab.id, state, 0, 0, None, failure), lab.title)


def _claims(course_class: CourseClass, student: Student) -> dict[str, str]:
    try:
        return answers.claims(_read(course_class, student, _PROGRESS))
    except answers.AnswerError:
        return {}  # who has no progress file that can be read claims nothing


def _copied(course_class: CourseClass, students: list[Student]) -> dict[str, str]:
    """Return a remark for each student whose values are a neighbour's: seeds are made by chance, so none meet."""
    owners: dict[str, list[Student]] = {}
    for student in students:
        try:
            seed = answers.seed(_read(course_class, student, _SEED))
        except answers.AnswerError:
            continue  # without a seed there is nothing to compare
        owners.setdefault(seed, []).append(student)
    return {
        student.number: _(
            "和别人的练习数据完全相同：{others}",
            others=_("、").join(other.number for other in same if other is not student),
        )
        for same in owners.values()
        if len(same) > 1
        for student in same
    }


def _read(course_class: CourseClass, student: Student, name: str) -> bytes:
    """Return a small file of an archive, which is read and never unpacked here; nothing where it holds none."""
    path = _archive(course_class, student)
    assert path
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            if member.name == name and member.isreg() and member.size <= _LARGEST:
                file = archive.extractfile(member)
                return file.read() if file else b""
    return b""
