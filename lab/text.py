"""Texts laid out for a terminal, where a Chinese letter takes two columns."""

from __future__ import annotations

import unicodedata
from typing import Final

_NO_LINE_END: Final = "“‘（《「【"
_NO_LINE_START: Final = "，。；：？！、）》”’…,.;:?!)"


def cells(text: str) -> int:
    """Return how many columns a text takes; a Chinese letter takes two."""
    return sum(_cell(letter) for letter in text)


def padded(text: str, width: int) -> str:
    """Fill a text up with blanks."""
    return text + " " * (width - cells(text))


def wrapped(text: str, width: int | None, indent: str = "") -> str:
    """Break a text into lines of at most `width` columns; all but the first begin with `indent`."""
    if width is None:
        return text
    lines = []
    line = ""
    for word in break_points(text):
        if line.strip() and cells(line) + cells(word.rstrip()) > width and word.strip():
            lines.append(line.rstrip())
            line = indent + word.lstrip()
        else:
            line += word
    return "\n".join([*lines, line.rstrip()])


def bar(part: int, whole: int, width: int = 10) -> str:
    """Draw a progress bar; it is full only when all is done, and empty only when nothing is."""
    filled = part * width // whole if whole else 0
    if part and not filled:
        filled = 1
    return f"[{'#' * filled}{'-' * (width - filled)}]"


def break_points(text: str) -> list[str]:
    """Cut a text where a line may end: behind blanks and between Chinese letters, never before a comma."""
    found: list[str] = []
    last = ""
    for letter in text:
        breaks = last == " " or _cell(letter) == 2 or (last and _cell(last) == 2)
        held = letter == " " or letter in _NO_LINE_START or (last and last in _NO_LINE_END)
        if not found or (breaks and not held):
            found.append(letter)
        else:
            found[-1] += letter
        last = letter
    return found


def _cell(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
