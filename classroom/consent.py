"""Asks before what cannot be undone, with its numbers."""

from __future__ import annotations

import sys

from classroom.course_class import ClassError
from classroom.i18n import translated as _


def ask(question: str, yes: bool) -> None:
    """Return once the instructor agrees, or has agreed by YES=1. Raises ClassError where nobody does."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise ClassError(
            _("{question}什么也没有做。确定的话，在同一条命令后面加 YES=1。", question=question)
        )
    try:
        agreed = input(_("{question}确定吗？输入 yes：", question=question)).strip() == "yes"
    except EOFError:
        agreed = False
    if not agreed:
        raise ClassError(_("什么也没有做。"))
