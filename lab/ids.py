"""Lab ids as students type them."""

from __future__ import annotations

import unicodedata


def plain(word: str) -> str:
    """Turn what a Chinese input method makes of an id (４。１．２ or 6.2：thread) into the id."""
    return unicodedata.normalize("NFKC", word.replace("。", ".")).strip()
