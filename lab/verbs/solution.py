"""`lab solution`: shows how a lab's exercise can be solved, after a warning."""

from __future__ import annotations

import os
import sys
import unicodedata
from typing import TYPE_CHECKING, Final

from lab import catalogue, output
from lab.errors import DONE, FAILED, BrokenError, WrongUseError

if TYPE_CHECKING:
    import argparse

    from lab.parser import Parser

RANK: Final = 7
HELP: Final = "看答案（会先问一问）"
_YES = ("是", "y", "yes")
_STEPS = "  在终端里，从练习的文件夹开始，一行一行输入："


def arguments(parser: Parser) -> None:
    """Take the lab and the student's agreement."""
    parser.description = (
        "显示练习的答案。先自己做，再来对照，学到的最多，所以会先问你是不是真的要看。"
    )
    parser.add_id()
    parser.add_argument("--yes", action="store_true", help="不用问，直接看")


def run(options: argparse.Namespace) -> int:
    """Print the solution's files, each with its name; in a terminal only after the student has agreed. Raises LabError."""
    lab = catalogue.lab(options.id)
    if lab.exercise is None:
        output.say(f"实验 {lab.id} 没有练习，所以也没有答案。看指南：lab show {lab.id}")
        return DONE
    if not options.yes:
        if not (sys.stdin.isatty() and output.is_terminal()):
            raise WrongUseError(f"自己做出来才学得会。真的要看答案：lab solution {lab.id} --yes")
        if not _agreed(lab):
            output.say(f"好，再试一试。要提示：lab hint {lab.id}")
            return FAILED
    for index, (name, text) in enumerate(_files(lab.solution)):
        if index or not options.yes:
            output.say()
        output.say(f"==> {name} <=={_STEPS if name == 'steps.sh' else ''}")
        output.program(name, text)
    return DONE


def _agreed(lab: catalogue.Lab) -> bool:
    output.say(
        f"这是实验 {lab.id} {lab.title} 的答案。先自己做，再来对照，学到的最多；提示：lab hint {lab.id}"
    )
    sys.stdout.write("真的要看答案吗？（是/否）")
    output.flush()
    # Whatever the locale says, what is typed here is UTF-8 like what is printed.
    answer = sys.stdin.buffer.readline().decode("utf-8", "replace")
    if not answer.endswith("\n"):
        output.say()
    return unicodedata.normalize("NFKC", answer).strip().casefold() in _YES


def _files(folder: str) -> list[tuple[str, str]]:
    """Return the solution's files in order, by name."""
    found = []
    try:
        for parent, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for name in sorted(names):
                path = os.path.join(parent, name)
                with open(path, encoding="utf-8") as file:
                    found.append((os.path.relpath(path, folder), file.read()))
    except (OSError, ValueError) as error:
        raise BrokenError(f"{folder}：读不了（{error}）。") from error
    return found
