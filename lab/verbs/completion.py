"""`lab completion`: prints what bash evaluates to complete the command by the tab key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lab import output
from lab.errors import DONE

if TYPE_CHECKING:
    import argparse

    from lab.parser import Parser

RANK: Final = 10
# Bash asks for it, people seldom.
HELP: Final = None


def arguments(parser: Parser) -> None:
    """Take nothing."""
    parser.description = "显示一段 bash 代码，有了它，按 tab 键就能补全 lab 的命令、编号和例子。机器布置时已经装好了。"
    parser.epilog = '在别的机器上：eval "$(lab completion)"'


def run(options: argparse.Namespace) -> int:
    """Print the shell code."""
    from lab import completion

    output.say(completion.shell_code())
    return DONE
