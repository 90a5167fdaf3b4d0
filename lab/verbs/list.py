"""`lab list`: the labs and how far each is, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lab import catalogue, output, progress
from lab.errors import DONE, WrongUseError
from lab.ids import plain
from lab.text import bar, cells, wrapped

if TYPE_CHECKING:
    import argparse

    from lab.parser import Parser

RANK: Final = 1
HELP: Final = "列出实验和进度"

STATE_LABELS = {
    progress.NEW: "未开始",
    progress.STARTED: "进行中",
    progress.FAILED: "未通过",
    progress.PASSED: "已通过",
}


def arguments(parser: Parser) -> None:
    """Take a chapter and the form."""
    parser.description = "列出全部实验，或者一章的实验，以及它们的进度。"
    parser.add_argument(
        "chapter", nargs="?", type=plain, metavar="CHAPTER", help="章的编号，例如 4；不写就是全部"
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON，给程序读")


def run(options: argparse.Namespace) -> int:
    """Print all labs, or one chapter's. Raises WrongUseError and BrokenError."""
    wanted = options.chapter
    if wanted is not None and wanted not in catalogue.chapter_ids():
        known = " ".join(catalogue.chapter_ids())
        raise WrongUseError(f"没有第 {wanted} 章。有这些章：{known}。")
    chapters = [c for c in catalogue.chapters() if wanted is None or c.id == wanted]
    entries = progress.read()
    if options.json:
        _print_json(chapters, entries)
    else:
        _print_text(chapters, entries)
    return DONE


def _print_json(chapters: list[catalogue.Chapter], entries: dict[str, progress.Progress]) -> None:
    labs = [
        {
            "id": lab.id,
            "title": lab.title,
            "chapter": lab.chapter,
            **progress.get(entries, lab.id)._asdict(),
        }
        for chapter in chapters
        for lab in chapter.labs
    ]
    output.say_json({"labs": labs})


def _print_text(chapters: list[catalogue.Chapter], entries: dict[str, progress.Progress]) -> None:
    width = output.columns()
    left = max((len(lab.id) for chapter in chapters for lab in chapter.labs), default=0)
    for index, chapter in enumerate(chapters):
        if index:
            output.say()
        passed = sum(progress.get(entries, lab.id).state == progress.PASSED for lab in chapter.labs)
        done = f"{bar(passed, len(chapter.labs))} {passed}/{len(chapter.labs)}"
        output.say(wrapped(f"第 {chapter.id} 章  {chapter.title}  {done}", width, "  "))
        for lab in chapter.labs:
            word = STATE_LABELS[progress.get(entries, lab.id).state]
            before = f"  {lab.id:{left}}  {word}  "
            output.say(wrapped(before + lab.title, width, " " * cells(before)))
