"""LIMIT: a list of seats, students or groups of the roster; whatever is none of them refuses the whole list."""

from __future__ import annotations

import re

from classroom.course_class import ClassError
from classroom.i18n import translated as _
from classroom.roster import Roster, Student
from classroom.text import plain

_COMMA = re.compile(r"[,，、]")
_MOST_NAMED = 40


def resolve(roster: Roster, text: str | None) -> tuple[Student, ...]:
    """Return the students that a list names, in the roster's order; all of them where no list is given.

    Raises ClassError, which names each entry that is no seat, number, name or group of the roster, or means two students.
    """
    if text is None:
        return roster.students
    faults: list[str] = []
    chosen: set[str] = set()
    for part in [text] if _meant(roster, text.strip()) else _COMMA.split(text):
        # A name or a group may hold blanks; else blanks part entries, as commas do.
        whole = _meant(roster, part.strip())
        for entry in [part.strip()] if whole or not part.strip() else part.split():
            seats = _meant(roster, entry)
            if not entry:
                faults.append(_("有一格是空的"))
            elif not seats:
                faults.append(_("{entry} 不在名单里", entry=_shown(entry)))
            elif len(seats) > 1:
                meant = _("、").join(sorted(set().union(*seats)))
                faults.append(
                    _("{entry} 可以指 {meant}：请写座位", entry=_shown(entry), meant=meant)
                )
            chosen.update(*seats)
    if faults:
        known = [student.seat for student in roster.students]
        more = _(" …（共 {count} 个）", count=len(known)) if len(known) > _MOST_NAMED else ""
        raise ClassError(
            _(
                "LIMIT={list}：{faults}。只能写名单里的座位、学号、姓名或班级，用逗号分开，什么也没有做。名单里的座位：{seats}{more}",
                list=_shown(text),
                faults=_("；").join(dict.fromkeys(faults)),
                seats=" ".join(known[:_MOST_NAMED]),
                more=more,
            )
        )
    return tuple(student for student in roster.students if student.seat in chosen)


def _meant(roster: Roster, entry: str) -> list[set[str]]:
    """Return each different set of seats that an entry may mean: a group is one, two students of one name are two."""
    meant = [
        {student.seat}
        for student in roster.students
        if entry in (student.number, student.name) or entry.lower() == student.seat
    ]
    group = {student.seat for student in roster.students if student.group == entry}
    if group:
        meant.append(group)
    return [seats for place, seats in enumerate(meant) if seats not in meant[:place]]


def _shown(text: str) -> str:
    return _("“{text}”", text=plain(text, 80)) if text.strip() else repr(text)
