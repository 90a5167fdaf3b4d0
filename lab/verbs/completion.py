"""`lab completion`: prints what bash evaluates to complete the command by the tab key."""

from __future__ import annotations

from lab import output
from lab.errors import DONE


def completion() -> int:
    """Print the shell code."""
    from lab import completion

    output.say(completion.shell_code())
    return DONE
