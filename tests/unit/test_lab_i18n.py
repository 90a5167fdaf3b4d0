"""Help and usage errors in the second language: every text has its words, and the locale decides."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator

import polib
import pytest

from host.paths import ROOT
from lab import i18n
from lab.parser import Parser, command

CATALOGUE = polib.pofile(str(ROOT / "lab/locale/en/LC_MESSAGES/lab.po"))


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    """The source language, also for the tests that follow."""
    i18n.use(i18n.CHINESE)
    yield
    i18n.use(i18n.CHINESE)


def texts_of(parser: Parser) -> set[str]:
    """What a parser and the parsers of its verbs say."""
    found = {parser.description or "", parser.epilog or ""}
    for action in parser._actions:
        found |= {action.help or "", str(action.metavar or "")}
        if isinstance(action, argparse._SubParsersAction):
            found |= {choice.help or "" for choice in action._choices_actions}
            found |= {text for verb in action.choices.values() for text in texts_of(verb)}
    return found


def texts_marked() -> set[str]:
    """What stands in `_("…")` in the package."""
    return {
        str(node.args[0].value)
        for path in (ROOT / "lab").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "_"
        and isinstance(node.args[0], ast.Constant)
    }


def chinese_texts() -> set[str]:
    """All that has to be translated."""
    return {text for text in texts_of(command()) | texts_marked() if re.search("[一-鿿]", text)}


def test_command_reads_what_gettext_reads() -> None:
    """Its own reader takes each text on one line, as the file has them."""
    assert i18n.translated.entries() == {entry.msgid: entry.msgstr for entry in CATALOGUE}


def test_every_text_has_english_words() -> None:
    """No more and no less."""
    assert {entry.msgid for entry in CATALOGUE} == chinese_texts()


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.msgid[:12])
def test_translation_keeps_its_parts(entry: polib.POEntry) -> None:
    """English throughout, with the same names to fill in."""
    assert entry.msgstr
    assert not re.search("[一-鿿，。：；]", entry.msgstr)
    assert set(re.findall(r"\{\w+\}", entry.msgid)) == set(re.findall(r"\{\w+\}", entry.msgstr))


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LC_ALL": "POSIX"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en:zh"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:zh"}, "zh"),
        ({"LC_ALL": "C", "LANGUAGE": "en"}, "zh"),
        ({"LC_ALL": "C.UTF-8", "LANGUAGE": "en"}, "en"),
    ],
)
def test_locale_decides(
    environ: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As gettext(3) reads it, but for C, which means that nobody has chosen."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert i18n.wanted() == language


def test_english_help_is_english() -> None:
    """Throughout."""
    i18n.use(i18n.ENGLISH)
    parsers = [command(), *command().verbs().values()]
    shown = "".join(parser.help_text(80) for parser in parsers)
    assert "Commands:" in shown
    assert not re.search("[一-鿿，。：；]", shown)
