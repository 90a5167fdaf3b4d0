"""The words of help and usage errors: Chinese is the source text, English comes from lab/locale/ through gettext.

A release holds the compiled catalogue; a checkout has none and speaks Chinese.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

CHINESE: Final = "zh"
ENGLISH: Final = "en"
_LOCALE: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "locale")

_translate: Callable[[str], str] | None = None


def wanted() -> str:
    """Return the language that the environment asks for.

    Who has chosen none (nothing set, or C, which programs set) gets the course's own, Chinese; any other than Chinese
    gets English.
    """
    named = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((value for value in named if value), "C")
    if locale.partition(".")[0] in ("C", "POSIX"):
        return CHINESE
    for choice in [*os.environ.get("LANGUAGE", "").split(":"), locale]:
        for language in (CHINESE, ENGLISH):
            if choice.startswith(language):
                return language
    return ENGLISH


def use(language: str) -> None:
    """Speak one language, whatever the environment asks for."""
    global _translate
    if language == CHINESE:
        _translate = str
        return
    import gettext

    _translate = gettext.translation("lab", _LOCALE, [language], fallback=True).gettext


def is_english() -> bool:
    """Say whether texts are translated; a checkout has no catalogue."""
    return translated(_SIGN) != _SIGN


def translated(text: str) -> str:
    """Return a text in the language that is spoken."""
    if _translate is None:
        use(wanted())
    assert _translate
    return _translate(text) if text else ""


_SIGN: Final = "用法："
