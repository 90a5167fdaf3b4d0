"""`lab show`: a lab's guide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lab import catalogue, output, progress
from lab.errors import DONE, BrokenError

if TYPE_CHECKING:
    import argparse

    from lab.parser import Parser

RANK: Final = 2
HELP: Final = "看一个实验的指南"


def arguments(parser: Parser) -> None:
    """Take the lab."""
    parser.description = "在终端里显示一个实验的指南。没有练习的实验，看过指南就算通过。"
    parser.epilog = "指南很长的时候，可以一页一页地看：lab show 4.1.2 | less"
    parser.add_id()


def run(options: argparse.Namespace) -> int:
    """Print the guide of one lab; where there is no exercise, reading it is all there is to do. Raises BrokenError."""
    lab = catalogue.lab(options.id)
    try:
        with open(lab.guide, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError) as error:
        raise BrokenError(f"{lab.guide}：读不了（{error}）。") from error
    output.guide(text, again=f"lab show {lab.id}")
    if lab.exercise:
        output.say()
        output.say(f"这个实验有练习，开始做：lab start {lab.id}")
    else:
        progress.mark_read(lab.id)
    return DONE
