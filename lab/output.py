"""All that the command prints: plain text that lines up in any terminal, and guides with colour where there is one."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, Final

from lab.text import wrapped

_FALLBACK: Final = 80
_WIDEST: Final = 100
# Goes up when keys of the JSON output change their names or meaning; what `lab` keeps in files has its own numbers.
_JSON_SCHEMA: Final = 2


def prepare() -> None:
    """Make both streams speak UTF-8, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def say(text: str = "") -> None:
    """Print to standard output."""
    sys.stdout.write(f"{text}\n")


def say_json(value: dict[str, Any]) -> None:
    """Print an object, with the number of its format, as one line of JSON to standard output."""
    import json  # Late: it takes its time, and few commands print it.

    say(json.dumps({"schema": _JSON_SCHEMA, **value}, ensure_ascii=False))


def warn(text: str) -> None:
    """Print a remark to standard error."""
    sys.stderr.write(f"lab：{text}\n")
    sys.stderr.flush()


def flush() -> None:
    """Send out what was printed."""
    sys.stdout.flush()
    sys.stderr.flush()


def columns() -> int | None:
    """Return the terminal's width, or None when the output goes elsewhere and lines need no breaking."""
    if not is_terminal():
        return None
    return _terminal().columns or _FALLBACK


def guide(text: str, again: str) -> None:
    """Print Markdown: rendered in a terminal with colour, else as it stands; `again` shows it page by page."""
    if not _has_colour():
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    from lab import markdown

    size = _terminal()
    width = min(size.columns or _FALLBACK, _WIDEST)
    shown = markdown.rendered(text, width)
    sys.stdout.write(shown)
    if shown.count("\n") >= size.lines > 0:
        say(wrapped(f"\n（这一篇比屏幕长。要一页一页地看：{again} | less）", width))


def program(name: str, text: str) -> None:
    """Print a program: in a terminal with colour where there is one, else as it stands."""
    if _has_colour():
        from lab import highlight

        text = highlight.rendered(name, text)
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def is_terminal() -> bool:
    """Say whether a person reads the output."""
    return sys.stdout.isatty()


def _terminal() -> os.terminal_size:
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        size = os.terminal_size((0, 0))
    named = os.environ.get("COLUMNS", "")
    return os.terminal_size((int(named), size.lines)) if named.isdecimal() else size


def _has_colour() -> bool:
    term = os.environ.get("TERM", "")
    return is_terminal() and term not in ("", "dumb", "unknown") and not os.environ.get("NO_COLOR")
