"""What Ansible's recap says at the end of a run."""

from __future__ import annotations

import re

_LINE = re.compile(r"^(\S+)\s*: ok=\d+\s+changed=(\d+)", re.M)


def changed(output: str, seat: str = "") -> list[int]:
    """The number of tasks that changed something, of each seat and run that came to its recap, or of one seat's."""
    found = _LINE.findall(output)
    return [int(number) for name, number in found if seat in ("", name)]
