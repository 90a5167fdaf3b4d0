"""A failed check, told so that a beginner knows where to look."""

from __future__ import annotations


class Failure(Exception):
    """The work is not right yet: the command, its actual and expected result and a hint what to look at; all in Chinese."""

    def __init__(self, *, actual: str, expected: str, hint: str, command: str = "") -> None:
        """Take the four parts; `command` may be left out where nothing was run."""
        super().__init__(actual)
        self.command = command
        self.actual = actual
        self.expected = expected
        self.hint = hint
