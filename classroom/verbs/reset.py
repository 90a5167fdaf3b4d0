"""`reset`: lets labs begin anew on the seats; each student's work is collected and archived first."""

from __future__ import annotations

import argparse

from classroom import answers, consent, limit, seats
from classroom.course_class import ClassError, CourseClass
from classroom.i18n import translated as _
from classroom.text import plain
from host import consent as host_consent
from lab import catalogue
from lab.errors import LabError

HELP = _("先收作业、存档，再让实验从头开始")


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats, the lab, and the answer to the question."""
    seats.options(parser)
    parser.add_argument("--lab", help=_("只重置这一个实验；不写就是全部"))
    host_consent.option(parser)


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Reset, and tell where the work is; a whole class is asked about first."""
    students = limit.resolve(course_class.roster, options.limit)
    agreed = host_consent.given(options.yes)
    if options.lab is not None:
        try:
            catalogue.lab(options.lab)
        except LabError as error:
            raise ClassError(
                _("LAB={lab!r}：{error}", lab=options.lab, error=plain(error))
            ) from error
    if options.limit is None:
        consent.ask(_question(course_class, options.lab), agreed)
    outcomes = seats.playbook(
        course_class,
        "reset",
        students,
        _("重置实验"),
        collected_dir=str(course_class.collected),
        lab=options.lab or "",
    )
    code = seats.tell(outcomes)
    if any(not outcome.reason for outcome in outcomes.values()):
        print(
            _(
                "重置了的座位，原来的内容在它的 ~/labs/archive 里有一份，{place} 里也有一份。",
                place=course_class.collected / "work",
            )
        )
    return code


def _question(course_class: CourseClass, lab: str | None) -> str:
    """Return what is asked, with the numbers that the seats say."""
    students = course_class.roster.students
    outcomes = seats.playbook(course_class, "look", students, _("先看一看"), gone_allowed=False)
    outcomes, works = seats.read(outcomes, "work", answers.work)
    what = _("实验 {lab}", lab=lab) if lab else _("全部实验")
    written = sum(work.labs for work in works.values())
    silent = len(outcomes) - len(works)
    unseen = _("（{silent} 个座位没有回答，轮到时再看）", silent=silent) if silent else ""
    return _(
        "全班 {count} 个学生的{what}都要从头开始{unseen}，他们一共在 {written} 个实验里写过东西；会先存档。",
        count=len(students),
        what=what,
        unseen=unseen,
        written=written,
    )
