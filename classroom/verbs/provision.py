"""`provision`: provisions the class's seats, each with its student's password, key and host name."""

from __future__ import annotations

import argparse

from classroom import limit, seats
from classroom.course_class import CourseClass
from classroom.i18n import translated as _

HELP = _("配置这个班的座位")


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats."""
    seats.options(parser)


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Provision, and tell which seats could not be."""
    students = limit.resolve(course_class.roster, options.limit)
    return seats.tell(seats.playbook(course_class, "site", students, _("配置座位")))
