"""`collect`: brings each student's work and progress to the instructor's side."""

from __future__ import annotations

import argparse

from classroom import limit, seats
from classroom.course_class import CourseClass

HELP = "bring each student's work and progress here"
_NAMED = 3


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats."""
    seats.options(parser)


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Collect, and tell which seats could not be, and what was left out."""
    students = limit.resolve(course_class.roster, options.limit)
    outcomes = seats.playbook(
        course_class, "collect", students, "收作业", collected_dir=str(course_class.collected)
    )
    code = seats.tell(outcomes)
    print(f"收到的内容都在 {course_class.collected / 'work'}")
    for outcome in outcomes.values():
        entry = outcome.data.get("collected") or {}
        if entry.get("left_out_count"):
            named = "；".join(
                f"{name!r}（{reason}）" for name, reason in entry["left_out"][:_NAMED]
            )
            print(f"  {outcome.seat}：没有收 {entry['left_out_count']} 个：{named}")
    return code
