"""Makes what a stranger wrote safe to show: in a terminal, in a table, in a line of a message."""

from __future__ import annotations

import unicodedata

# Control (terminal escapes), format (writing direction), halves of letters, line and paragraph separators.
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
# What makes a spreadsheet take a cell for a formula; in East Asian ones the wide signs do too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def plain(value: object, longest: int = 200) -> str:
    """Return a text as one line of at most so many letters, each of which can be seen; what is no text becomes one."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    text = " ".join(text[: 8 * longest + 1].split())
    text = "".join("�" if unicodedata.category(letter) in _UNSEEN else letter for letter in text)
    return text if len(text) <= longest else f"{text[:longest]}…"


def cell(text: str) -> str:
    """Return a text as a spreadsheet shows it, instead of computing it."""
    return f"'{text}" if text.startswith(FORMULA) else text
