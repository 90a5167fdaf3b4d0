"""`remove`: archives a student's home, then takes account, key and password away."""

from __future__ import annotations

import argparse
import functools
import re

from classroom import answers, consent, limit, passwords, seats
from classroom.course_class import IDENTITY_PATTERN, ClassError, CourseClass
from classroom.i18n import translated as _
from classroom.roster import is_number
from classroom.seats import SeatOutcome
from host import consent as host_consent

HELP = _("先给学生的主目录存档，再移除账号、公钥和密码")


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats, which have to be named, and whose account it is where the roster has gone on."""
    seats.options(parser)
    parser.add_argument(
        "--owner",
        help=_("实际坐在那里的人的学号；是另一个班的，再加 @ 和班号"),
    )
    host_consent.option(parser)


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Remove the students of the seats that are named, and tell where their homes are kept."""
    if not options.limit:
        raise ClassError(_("要移除哪个座位的学生？例如：make remove LIMIT=seat07。"))
    students = limit.resolve(course_class.roster, options.limit)
    agreed = host_consent.given(options.yes)
    variables = {}
    if options.owner is not None:
        number, at, other = options.owner.partition("@")
        named = is_number(number) and (not at or re.fullmatch(IDENTITY_PATTERN, other))
        if not named or len(students) != 1:
            raise ClassError(
                _(
                    "OWNER={owner!r}：写坐在那里的人的学号（另一个班的，再加 @ 和班号），并且 LIMIT 只写那一个座位。",
                    owner=options.owner,
                )
            )
        variables = {"owner": number}
        if other:
            # Beside the work of the student who has that number here.
            variables |= {"users_class": other, "named": options.owner}
    outcomes = seats.playbook(
        course_class, "look", students, _("先看一看"), gone_allowed=True, **variables
    )
    outcomes, works = seats.read(outcomes, "work", answers.work)
    numbers = {student.seat: options.owner or student.number for student in students}
    if not works:
        return seats.tell(outcomes)
    consent.ask(_question(works, numbers), agreed)
    looked = [student for student in students if student.seat in works]
    removed = seats.playbook(
        course_class,
        "remove",
        looked,
        _("存档并移除"),
        collected_dir=str(course_class.collected),
        **variables,
    )
    outcomes |= _archives(course_class, removed, numbers)
    return seats.tell(outcomes)


def _question(works: dict[str, answers.Work], numbers: dict[str, str]) -> str:
    """Return what is asked, with what each student wrote, wherever in the home."""
    lines = [
        _(
            "  {seat}（{number}）：{files} 个自己写的文件",
            seat=seat,
            number=numbers[seat],
            files=work.files,
        )
        + (_("，例如 ~/{example}", example=work.example) if work.example else "")
        for seat, work in works.items()
    ]
    total = sum(work.files for work in works.values())
    listing = "\n".join(lines)
    return _(
        "{listing}\n要移除 {count} 个学生的账号和主目录，里面有 {total} 个他们自己写的文件；主目录会先存档。",
        listing=listing,
        count=len(works),
        total=total,
    )


def _archives(
    course_class: CourseClass, outcomes: dict[str, SeatOutcome], numbers: dict[str, str]
) -> dict[str, SeatOutcome]:
    """Forget the passwords of who is gone, and tell where the homes are; who has another class's id has none here."""
    listed = {student.number for student in course_class.roster.students}
    checked: dict[str, SeatOutcome] = {}
    for seat, outcome in outcomes.items():
        number = numbers[seat]
        reader = functools.partial(answers.archive_path, number=number.partition("@")[0])
        read, archives = seats.read({seat: outcome}, "removed", reader)
        checked |= read
        if seat in archives:
            passwords.forget(course_class.folder, number)
            hint = _("；名单里 {number} 那一行可以删了", number=number) if number in listed else ""
            print(
                _(
                    "{seat}：{number} 的主目录存在座位的 {archive}{hint}。",
                    seat=seat,
                    number=number,
                    archive=archives[seat],
                    hint=hint,
                )
            )
    return checked
