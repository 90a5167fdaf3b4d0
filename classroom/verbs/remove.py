"""`remove`: archives a student's home, then takes account, key and password away."""

from __future__ import annotations

import argparse

from classroom import passwords, seats
from classroom.course_class import ClassError, CourseClass

HELP = "archive a student's home, then remove account, key and password"


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats, which have to be named."""
    seats.options(parser)


def run(found: CourseClass, options: argparse.Namespace) -> int:
    """Remove the students of the seats that are named, and tell where their homes are kept."""
    if not options.limit:
        raise ClassError("要移除哪个座位的学生？例如：make remove LIMIT=seat07。")
    outcomes = seats.playbook(found, "remove", options.limit, kept=str(found.kept))
    numbers = {student.number for student in found.roster.students}
    for seat, outcome in outcomes.items():
        if not outcome.reason:
            number = str(outcome.data["owner"])
            passwords.forget(found.folder, number)
            listed = f"；名单里 {number} 那一行可以删了" if number in numbers else ""
            print(f"{seat}：{number} 的主目录存在座位的 {outcome.data['archive']}{listed}。")
    return seats.tell(outcomes)
