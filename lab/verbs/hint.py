"""`lab hint`: one hint at a time; asking again gives the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lab import catalogue, output, progress
from lab.errors import DONE
from lab.text import wrapped

if TYPE_CHECKING:
    import argparse

    from lab.parser import Parser

RANK: Final = 6
HELP: Final = "要一条提示"


def arguments(parser: Parser) -> None:
    """Take the lab."""
    parser.description = "给练习的一条提示。一共三条，一条比一条说得多；再要一次就是下一条，三条都给过以后全部再给一遍。"
    parser.add_id()


def run(options: argparse.Namespace) -> int:
    """Give the next hint of one lab, or all again when all have been given."""
    lab = catalogue.lab(options.id)
    if lab.exercise is None:
        output.say(f"实验 {lab.id} 没有练习，所以也没有提示。看指南：lab show {lab.id}")
        return DONE
    hints = lab.exercise.hints
    entry = progress.get(progress.read(), lab.id)
    output.say(f"{lab.id}  {lab.title}")
    if entry.hints < len(hints):
        _tell(hints, entry.hints)
    else:
        for index in range(len(hints)):
            _tell(hints, index)
    output.say()
    if entry.hints + 1 < len(hints):
        output.say(f"先试一试。还要下一条：lab hint {lab.id}")
    else:
        output.say(f"提示就是这 {len(hints)} 条。实在做不出来，看答案：lab solution {lab.id}")
    if entry.state == progress.NEW:
        output.say(f"还没有开始这个练习：lab start {lab.id}")
    if entry.hints < len(hints):
        progress.record_hint(lab.id, entry.hints + 1)
    return DONE


def _tell(hints: tuple[str, ...], index: int) -> None:
    width = output.columns()
    output.say()
    output.say(f"提示 {index + 1}/{len(hints)}")
    for line in hints[index].splitlines():
        output.say(wrapped(f"  {line}", width, "  "))
