"""`regrade`: checks what was collected once more, on a fresh seat."""

from __future__ import annotations

import argparse

from classroom import board, regrade
from classroom.course_class import CourseClass
from classroom.files import replace
from classroom.i18n import translated as _

HELP = _("在一个全新的座位上，把收到的作业再检查一遍")


def options(parser: argparse.ArgumentParser) -> None:
    """Take none."""


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Write a board of what a fresh seat says."""
    rows = regrade.regrade(course_class)
    page = board.as_html(_("{name}：重新检查", name=course_class.name), rows)
    replace(course_class.collected / "regrade.html", page.encode(), mode=0o600)
    replace(course_class.collected / "regrade.csv", board.as_csv(rows).encode(), mode=0o600)
    print(
        _(
            "重新检查过了：{page}，表格：{table}",
            page=course_class.collected / "regrade.html",
            table=course_class.collected / "regrade.csv",
        )
    )
    return 0
