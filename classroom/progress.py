"""How far each student is: what the seats answered, which is a stranger's data, as rows of the course's own labs."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from dataclasses import dataclass

from classroom import answers
from classroom.answers import LabProgress
from classroom.i18n import translated as _
from classroom.roster import Roster, Student
from classroom.seats import SeatOutcome
from lab import catalogue

_NEVER = datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)


@dataclass(frozen=True)
class Entry:
    """One student's standing in one lab, which the course calls `title`."""

    lab: LabProgress
    title: str

    def minutes(self, now: datetime.datetime) -> int:
        """How many minutes the lab has been in its state."""
        return max(0, int((now - (self.lab.since or now)).total_seconds() // 60))


@dataclass(frozen=True)
class Row:
    """One student: the entries by lab, or the reason why there are none; notes are for the instructor's eye."""

    student: Student
    labs: Mapping[str, Entry]
    reason: str
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> int:
        """How many labs have passed."""
        return sum(entry.lab.state == "passed" for entry in self.labs.values())

    @property
    def stuck(self) -> Entry | None:
        """The lab that has failed for the longest time, if one has."""
        failed = [
            entry for entry in self.labs.values() if entry.lab.state == "failed" and entry.lab.since
        ]
        return min(failed, key=lambda entry: entry.lab.since or _NEVER, default=None)


def rows(roster: Roster, outcomes: Mapping[str, SeatOutcome]) -> list[Row]:
    """Return a row for each student, in the roster's order."""
    titles = _titles()
    found = []
    for student in roster.students:
        outcome = outcomes.get(student.seat)
        if outcome is None:
            found.append(Row(student, {}, _("这次没有问")))
        elif outcome.reason:
            found.append(Row(student, {}, outcome.reason))
        else:
            found.append(_answered(student, outcome.data.get("progress", ""), titles))
    return found


def lab_ids(found: list[Row]) -> list[str]:
    """Return every lab that a row knows, in the course's order."""
    known = {name for row in found for name in row.labs}
    return sorted(known, key=lambda name: [int(p) for p in name.split(".") if p.isdecimal()])


@functools.cache
def _titles() -> dict[str, str]:
    return {lab.id: lab.title for chapter in catalogue.chapters() for lab in chapter.labs}


def _answered(student: Student, answer: object, titles: Mapping[str, str]) -> Row:
    """Return the row of a seat that answered; labs that the course does not have are a remark, not a column."""
    try:
        labs, said = answers.progress(answer)
    except answers.AnswerError as error:
        return Row(student, {}, str(error))
    entries = {lab.id: Entry(lab, titles[lab.id]) for lab in labs if lab.id in titles}
    strange = [lab.id for lab in labs if lab.id not in titles]
    notes = [said] if said else []
    if strange:
        notes.append(
            _(
                "座位说了 {count} 个课程里没有的实验，例如 {example}",
                count=len(strange),
                example=strange[0],
            )
        )
    return Row(student, entries, "", tuple(notes))
