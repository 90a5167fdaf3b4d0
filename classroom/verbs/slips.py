"""`slips`: writes the page with one slip a student."""

from __future__ import annotations

import argparse

from classroom import slips
from classroom.course_class import CourseClass
from classroom.i18n import translated as _
from host import settings

HELP = _("写出登录条：每个学生一张，可以打印")


def options(parser: argparse.ArgumentParser) -> None:
    """Take none."""


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Write the page and say where it is."""
    user = settings.load().get("users_name", "tarena")
    print(
        _(
            "登录条写好了，在浏览器里打开就能打印：{page}",
            page=slips.write(course_class, user),
        )
    )
    return 0
