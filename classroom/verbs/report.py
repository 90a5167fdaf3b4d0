"""`report`: asks the seats and writes the class board."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence

from classroom import board, limit, progress, seats
from classroom.course_class import CourseClass
from classroom.files import replace
from classroom.i18n import translated as _
from classroom.roster import Student

HELP = _("写出班级看板：网页和 CSV 表格")


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats."""
    seats.options(parser)


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Write the board once."""
    code = write(course_class, limit.resolve(course_class.roster, options.limit))
    print(
        _(
            "班级看板：{page}，表格：{table}",
            page=course_class.collected / "board.html",
            table=course_class.collected / "board.csv",
        )
    )
    return code


def write(course_class: CourseClass, students: Sequence[Student], refresh: int = 0) -> int:
    """Ask the seats, write the board, tell which seats did not answer; return 0 or 1."""
    outcomes = seats.playbook(course_class, "report", students, _("问进度"))
    rows = progress.rows(course_class.roster, outcomes)
    for row in rows:
        if row.student.seat in outcomes:
            silent = dataclasses.replace(outcomes[row.student.seat], reason=row.reason)
            outcomes[row.student.seat] = silent
    page = board.as_html(_("{name} 的进度", name=course_class.name), rows, refresh)
    replace(course_class.collected / "board.html", page.encode(), mode=0o600)
    replace(course_class.collected / "board.csv", board.as_csv(rows).encode(), mode=0o600)
    return seats.tell(outcomes)
