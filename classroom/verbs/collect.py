"""`collect`: brings each student's work and progress to the instructor's side."""

from __future__ import annotations

import argparse

from classroom import limit, seats
from classroom.course_class import CourseClass
from classroom.i18n import translated as _

HELP = _("收每个学生的作业和进度")
_NAMED = 3


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats."""
    seats.options(parser)


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Collect, and tell which seats could not be, and what was left out."""
    students = limit.resolve(course_class.roster, options.limit)
    outcomes = seats.playbook(
        course_class, "collect", students, _("收作业"), collected_dir=str(course_class.collected)
    )
    code = seats.tell(outcomes)
    print(_("收到的内容都在 {place}", place=course_class.collected / "work"))
    for outcome in outcomes.values():
        entry = outcome.data.get("collected") or {}
        if entry.get("left_out_count"):
            named = _("；").join(
                _("{name!r}（{reason}）", name=name, reason=reason)
                for name, reason in entry["left_out"][:_NAMED]
            )
            print(
                _(
                    "  {seat}：没有收 {count} 个：{named}",
                    seat=outcome.seat,
                    count=entry["left_out_count"],
                    named=named,
                )
            )
    return code
