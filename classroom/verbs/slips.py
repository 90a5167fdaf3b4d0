"""`slips`: writes the page with one slip a student."""

from __future__ import annotations

import argparse

from classroom import slips
from classroom.course_class import CourseClass
from host import settings

HELP = "write a page with one slip a student, to print"


def options(parser: argparse.ArgumentParser) -> None:
    """Take none."""


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Write the page and say where it is."""
    user = settings.load().get("users_name", "tarena")
    print(f"登录条写好了，在浏览器里打开就能打印：{slips.write(course_class, user)}")
    return 0
