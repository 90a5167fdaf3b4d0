"""What the host tool says, in two languages; see lab/i18n.py."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lab.i18n import catalog

translated: Final = catalog(str(Path(__file__).parent), "host")
