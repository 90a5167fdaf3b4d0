"""`regrade`: checks what was collected once more, on a fresh seat."""

from __future__ import annotations

import argparse

from classroom import board, regrade
from classroom.course_class import CourseClass
from classroom.files import replace

HELP = "check what was collected once more, on a fresh seat"


def options(parser: argparse.ArgumentParser) -> None:
    """Take none."""


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Write a board of what a fresh seat says."""
    rows = regrade.regrade(course_class)
    page = board.as_html(f"{course_class.name}：重新检查", rows)
    replace(course_class.collected / "regrade.html", page.encode(), mode=0o600)
    replace(course_class.collected / "regrade.csv", board.as_csv(rows).encode(), mode=0o600)
    print(
        f"重新检查过了：{course_class.collected / 'regrade.html'}，表格：{course_class.collected / 'regrade.csv'}"
    )
    return 0
