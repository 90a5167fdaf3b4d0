"""`restore`: brings an archived home back to its student's seat."""

from __future__ import annotations

import argparse
import os
import re
import secrets
from pathlib import Path

from classroom import answers, collected, limit, seats
from classroom.course_class import UNFIT, ClassError, CourseClass, identity
from classroom.i18n import translated as _
from classroom.roster import Student

HELP = _("把存档的主目录恢复到学生的座位上")
# As `remove` names them.
_MADE = re.compile(r"(.+)-[0-9]{8}-[0-9]{6}\.tar\.gz")


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats, which have to be named, and an archive of this computer's."""
    seats.options(parser)
    parser.add_argument("--archive", help=_("这台电脑上的一个存档；不写就是座位上最新的"))


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Restore, and tell how much came and what was moved aside."""
    if not options.limit:
        raise ClassError(_("要恢复哪个座位？例如：make restore LIMIT=seat07。"))
    students = limit.resolve(course_class.roster, options.limit)
    archive = _archive(options.archive, students, course_class)
    # Under a name of its own, so that no other restore replaces it on the way.
    sent = f"/run/coursebox-restore.{secrets.token_hex(4)}.tar.gz" if archive else ""
    outcomes = seats.playbook(
        course_class, "restore", students, _("恢复主目录"), archive=archive, sent=sent
    )
    outcomes, done = seats.read(outcomes, "restored", answers.restored)
    for seat, restored in done.items():
        aside = (
            _("，原来不一样的 {moved} 个挪到了 ~/before-restore-…", moved=restored.moved)
            if restored.moved
            else ""
        )
        print(
            _(
                "{seat}：恢复了 {restored} 个文件{aside}。",
                seat=seat,
                restored=restored.restored,
                aside=aside,
            )
        )
    return seats.tell(outcomes)


def _archive(named: str | None, students: tuple[Student, ...], course_class: CourseClass) -> str:
    """Return the archive's path once it was read to its end; nothing where none is named. Raises ClassError.

    One whose place or name says that it is another student's or another class's is refused.
    """
    if named is None:
        return ""
    if not named.strip():
        raise ClassError(
            _(
                "ARCHIVE={named!a}：没有写存档的文件；要用座位上最新的，就不写 ARCHIVE。",
                named=named,
            )
        )
    if unfit := UNFIT.search(named):
        raise ClassError(
            _(
                "ARCHIVE={named!a}：名字里有 {unfit!a}，不是看得见的文字：请给文件改名。什么也没有做。",
                named=named,
                unfit=unfit[0],
            )
        )
    try:
        path = Path(named).expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise ClassError(
            _("ARCHIVE={named}：不能用（{error}）。什么也没有做。", named=named, error=error)
        ) from error
    if len(students) != 1:
        raise ClassError(
            _("ARCHIVE={named}：一个存档只属于一个学生，LIMIT 里只写他的座位。", named=named)
        )
    made = _MADE.fullmatch(path.name)
    collected_here = path.parent.parent == (course_class.collected / "work").resolve()
    whose = made[1] if made else path.parent.name if collected_here else ""
    number, other = whose.partition("@")[::2]
    if (number or students[0].number) != students[0].number:
        raise ClassError(
            _(
                "ARCHIVE={named}：是学号 {number} 的，{seat} 坐的是 {student}。什么也没有做。",
                named=named,
                number=number,
                seat=students[0].seat,
                student=students[0].number,
            )
        )
    if other and other != identity(course_class.folder):
        raise ClassError(
            _(
                "ARCHIVE={named}：是班号 {other} 那个班的学号 {number} 的。确实是同一个人，就把文件拷成别的名字再来。什么也没有做。",
                named=named,
                other=other,
                number=number,
            )
        )
    if os.path.exists(path) and not os.path.isfile(path):
        raise ClassError(
            _("ARCHIVE={named}：不是文件，写 .tar.gz 存档本身。什么也没有做。", named=named)
        )
    try:
        collected.verify_home(path)
    except (collected.DamagedError, OSError) as error:
        raise ClassError(
            _("ARCHIVE={named}：不能用（{error}）。什么也没有做。", named=named, error=error)
        ) from error
    return str(path)
