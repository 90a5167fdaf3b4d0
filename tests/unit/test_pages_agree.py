"""A page in two languages is one page: the same commands in the same order, the same parts, linked both ways."""

from __future__ import annotations

import pathlib
import re

import pytest

from host.paths import ROOT

CHINESE = sorted([*ROOT.glob("*.zh-CN.md"), *(ROOT / "docs").rglob("*.zh-CN.md")])
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def english(page: pathlib.Path) -> pathlib.Path:
    """The page's sibling."""
    return page.with_name(page.name.replace(".zh-CN", ""))


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Each block with its language, without comments and without the indent of a list."""
    return [
        (kind, [line.partition(" # ")[0].rstrip() for line in block.splitlines()])
        for kind, block in [(kind, re.sub(r"^ +", "", block, flags=re.M)) for kind, block in FENCE.findall(text)]
    ]  # fmt: skip


def named(text: str) -> set[str]:
    """Verbs, programs and variables that the text names outside of blocks."""
    plain = FENCE.sub("", text)
    return {code for code in re.findall(r"`([^`\n]+)`", plain) if re.match(r"(make|vagrant|lab|ssh) |[A-Z_]+=|[a-z]+_[a-z_]+$", code)}  # fmt: skip


def shape(text: str) -> list[str]:
    """How the page is built: headings, rows of tables, items."""
    plain = FENCE.sub("", text)
    return re.findall(r"^(#+|\||-|\d+\.) ", plain, re.MULTILINE)


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.stem)
def test_pages_say_the_same(page: pathlib.Path) -> None:
    """Tests carry out the commands of the English one, which proves both."""
    ours, theirs = page.read_text("utf-8"), english(page).read_text("utf-8")
    assert commands(ours) == commands(theirs)
    assert shape(ours) == shape(theirs)
    # Placeholders are translated.
    assert {re.sub("[^ -~]", "?", code) for code in named(ours)} == {re.sub("[^ -~]", "?", code) for code in named(theirs)}  # fmt: skip


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.stem)
def test_pages_are_linked_both_ways(page: pathlib.Path) -> None:
    """Below the title."""
    assert f"\n\n[English]({english(page).name})\n\n" in page.read_text("utf-8")
    assert f"\n\n[简体中文]({page.name})\n\n" in english(page).read_text("utf-8")


@pytest.mark.parametrize("page", [*CHINESE, *map(english, CHINESE)], ids=lambda page: page.name)
def test_page_stays_in_its_language(page: pathlib.Path) -> None:
    """A link leads to the page in the same language, where there is one."""
    for target in re.findall(
        r"(?<!!)\]\(([^):#]+\.md)", page.read_text("utf-8").partition("\n\n[")[2].partition("\n")[2]
    ):
        found = (page.parent / target).resolve()
        twin = found in CHINESE or found.with_name(f"{found.stem}.zh-CN.md") in CHINESE
        assert not twin or (found in CHINESE) == (page in CHINESE), target
