"""`reset`: lets labs begin anew on the seats; each student's work is collected and archived first."""

from __future__ import annotations

import argparse

from classroom import seats
from classroom.course_class import ClassError, CourseClass
from lab import catalogue
from lab.errors import LabError

HELP = "let labs begin anew, after the work was collected and archived"


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats and the lab."""
    seats.options(parser)
    parser.add_argument("--lab", default="", help="only this lab; else all")


def run(found: CourseClass, options: argparse.Namespace) -> int:
    """Reset, and tell where the work is."""
    if options.lab:
        try:
            catalogue.lab(options.lab)
        except LabError as error:
            raise ClassError(str(error)) from error
    outcomes = seats.playbook(found, "reset", options.limit, kept=str(found.kept), lab=options.lab)
    code = seats.tell(outcomes)
    print(
        f"重置了的座位，原来的内容在它的 ~/labs/archive 里有一份，{found.kept / 'work'} 里也有一份。"
    )
    return code
