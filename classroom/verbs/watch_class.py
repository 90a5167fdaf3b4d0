"""`watch-class`: keeps the class board fresh while the lesson runs."""

from __future__ import annotations

import argparse
import signal
import sys
import time

from classroom import limit, seats
from classroom.course_class import CourseClass
from classroom.i18n import translated as _
from classroom.text import plain
from classroom.verbs import report

HELP = _("一次又一次地刷新班级看板，直到按 ctrl-c")
_SECONDS = 15


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats and the pause."""
    seats.options(parser)
    parser.add_argument("--every", type=int, default=_SECONDS, help=_("两次之间隔几秒"))


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Write the board until ctrl-c; a round that fails is told, and the next one tried."""
    students = limit.resolve(course_class.roster, options.limit)
    pause = max(1, options.every)
    print(
        _(
            "每 {pause} 秒看一次，按 ctrl-c 结束。在浏览器里打开 {place}，它会自己刷新。",
            pause=pause,
            place=course_class.collected / "board.html",
        )
    )
    # What a script starts in the background inherits that ctrl-c is ignored, and nothing else would end this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        while True:
            try:
                report.write(course_class, students, refresh=pause)
            # Whatever it is: the lesson goes on, and the next round may be better.
            except Exception as error:
                print(
                    _("coursebox：这一次没有看成：{error}", error=plain(error, 400)),
                    file=sys.stderr,
                )
            time.sleep(pause)
    except KeyboardInterrupt:
        print(_("\n不再看了；看板停在最后一次的样子。"))
        return 0
