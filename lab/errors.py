"""Exit codes by name, and the errors that end the command with one of them."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
BROKEN: Final = 3


class LabError(Exception):
    """Something to tell the student in one message, in Chinese."""

    code = FAILED


class FailedError(LabError):
    """The work could not be done: a full disk, a read-only home."""


class WrongUseError(LabError):
    """The student asked for something that does not exist or cannot be now."""

    code = WRONG_USE


class BrokenError(LabError):
    """The command or the course files are broken, which is never the student's fault."""

    code = BROKEN
