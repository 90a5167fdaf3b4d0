"""The two languages of messages: Chinese is the source text, English comes from gettext's .po files by the locale.

One mechanism for all programs: each has a `Catalog` of its own, which reads its .po file itself, so that nothing has to be
compiled and the standard library is enough.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CHINESE: Final = "zh"
ENGLISH: Final = "en"
_UNSET: Final = ("C", "POSIX")

_language: str | None = None


def wanted(environ: Mapping[str, str] = os.environ) -> str:
    """Return the language that an environment asks for, CHINESE or ENGLISH.

    Who has chosen none (nothing set, or C, which programs set) gets the course's own, Chinese; any other than Chinese
    gets English. As gettext(3) has it, LANGUAGE counts in any locale but C itself.
    """
    named = (environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((value for value in named if value), "C")
    first = [] if locale in _UNSET else environ.get("LANGUAGE", "").split(":")
    for choice in [*first, locale]:
        for language in (CHINESE, ENGLISH):
            if choice.startswith(language):
                return language
    return CHINESE if locale.partition(".")[0] in _UNSET else ENGLISH


def use(language: str) -> None:
    """Speak one language, whatever the environment asks for."""
    global _language
    _language = language


def is_english() -> bool:
    """Say whether messages are translated."""
    if _language is None:
        use(wanted())
    return _language == ENGLISH


class Catalog:
    """One program's messages; calling it returns a text in the language that is spoken, with values filled in."""

    def __init__(self, po: str) -> None:
        """Take the path of a .po file with each msgid and each msgstr on one line; it is read at the first need."""
        self._po = po
        self._known: dict[str, str] | None = None

    def __call__(self, text: str, /, **values: object) -> str:
        """Return a text in the language that is spoken; a text without a translation stays as it is."""
        found = self.entries().get(text, text) if is_english() else text
        return found.format(**values) if values else found

    def script(self, text: str) -> str:
        """Return a program's source with the messages in it in the language that is spoken."""
        if is_english():
            for message in sorted(self.entries(), key=len, reverse=True):
                text = text.replace(message, self.entries()[message])
        return text

    def entries(self) -> dict[str, str]:
        """Return the English texts by the Chinese ones. Raises OSError."""
        if self._known is None:
            import json
            import re

            with open(self._po, encoding="utf-8") as file:
                pairs = re.findall(r'^msgid (".+")\nmsgstr (".+")$', file.read(), re.MULTILINE)
            self._known = {json.loads(text): json.loads(english) for text, english in pairs}
        return self._known


def catalog(folder: str, name: str) -> Catalog:
    """Return the catalog of a program in a folder, whose translations stand where gettext looks for them."""
    return Catalog(os.path.join(folder, "locale", ENGLISH, "LC_MESSAGES", f"{name}.po"))


translated: Final = catalog(os.path.dirname(os.path.abspath(__file__)), "lab")

if __name__ == "__main__":
    print(wanted())
