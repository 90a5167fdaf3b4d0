"""Asks before what cannot be undone, with its numbers."""

from __future__ import annotations

import sys

from classroom.course_class import ClassError


def ask(question: str, yes: bool) -> None:
    """Return once the instructor agrees, or has agreed by YES=1. Raises ClassError where nobody does."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise ClassError(f"{question}什么也没有做。确定的话，在同一条命令后面加 YES=1。")
    try:
        agreed = input(f"{question}确定吗？输入 yes：").strip() == "yes"
    except EOFError:
        agreed = False
    if not agreed:
        raise ClassError("什么也没有做。")
