"""Reads a script of classroom/on_seat/, its messages in the instructor's language: `lookup('seat_script', 'prove.sh')`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ansible.plugins.lookup import LookupBase

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from classroom.i18n import script  # noqa: E402

DOCUMENTATION = """
name: seat_script
short_description: Reads a script that runs on seats.
description:
  - What the script says is in the language that the controller's locale asks for.
options:
  _terms: {description: names of files in classroom/on_seat/, required: true}
"""


class LookupModule(LookupBase):  # type: ignore[misc]
    """The lookup plugin `seat_script`."""

    def run(
        self, terms: list[str], variables: dict[str, Any] | None = None, **options: Any
    ) -> list[str]:
        """Return the scripts' text, without the line's end at their own, as Ansible's lookup of files does."""
        return [script(ROOT / "classroom/on_seat" / term).rstrip() for term in terms]
