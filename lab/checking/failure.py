"""A check that did not pass, told so that a beginner knows where to look."""

from __future__ import annotations


class Failure(Exception):
    """The work is not right yet: what was run, what came, what was expected, what to look at next; all in Chinese."""

    def __init__(self, *, came: str, expected: str, look: str, ran: str = "") -> None:
        """Take the four parts; `ran` may be left out where nothing was run."""
        super().__init__(came)
        self.ran = ran
        self.came = came
        self.expected = expected
        self.look = look
