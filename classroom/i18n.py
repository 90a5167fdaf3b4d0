"""What the classroom, the plugins and the scripts that they send to seats say, in two languages; see lab/i18n.py."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lab.i18n import catalog

translated: Final = catalog(str(Path(__file__).parent), "classroom")
# Apart from the others, since in a script whatever is a message of this catalog is replaced.
on_seats: Final = catalog(str(Path(__file__).parent), "on_seats")


def script(path: Path) -> str:
    """Return a script for seats, its messages in the language that is spoken here. Raises OSError."""
    return on_seats.script(path.read_text(encoding="utf-8"))
