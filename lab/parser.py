"""argparse in Chinese or English: its help, laid out for wide letters, and its complaints."""

from __future__ import annotations

import argparse
import importlib
import re
from typing import Any, Final, NoReturn

from lab import __version__, i18n, output, verbs
from lab.errors import WrongUseError
from lab.i18n import translated as _
from lab.ids import plain
from lab.text import cells, padded, wrapped

# What argparse says when a command line is wrong; only what this command can meet.
_WORDS: Final = {
    "the following arguments are required: %s": "还缺少：%s",
    "unrecognized arguments: %s": "不认识：%s",
    "expected one argument": "后面要写一个值",
    "ignored explicit argument %r": "后面不能有值 %r",
    "not allowed with argument %s": "不能和 %s 一起用",
}
_WIDTH: Final = 80


def _translated(text: str) -> str:
    return text if i18n.is_english() else _WORDS.get(text, text)


# The library looks its messages up under this name; a seat may have no catalogue of Python's own.
setattr(argparse, "_", _translated)  # noqa: B010


class Parser(argparse.ArgumentParser):
    """A parser whose help and errors a Chinese beginner can read."""

    def __init__(self, **settings: Any) -> None:
        """Take what argparse takes; long options have to be written out."""
        super().__init__(**settings, add_help=False, allow_abbrev=False)
        self.add_argument("-h", "--help", action="help", help="显示这段帮助")

    def add_id(self, remark: str = "", **settings: Any) -> None:
        """Take a lab's id; `settings` are those of `add_argument`."""
        text = f"实验编号，例如 4.1.2{remark}"
        self.add_argument("id", metavar="ID", type=plain, help=text, **settings)

    def verbs(self) -> dict[str, Parser]:
        """Return the parsers of the verbs, by name."""
        found: dict[str, Parser] = {}
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                found.update(action.choices)
        return found

    def error(self, message: str) -> NoReturn:
        """Raise WrongUseError, which ends with exit code 2."""
        if not i18n.is_english():
            # Not every Python looks this word up.
            message = re.sub(r"^argument (.+?): ", r"\1：", message)
        more = _("详细的帮助：{command} --help").format(command=self.prog)
        raise WrongUseError(f"{message}\n{self.format_usage()}{more}")

    def unrecognized(self, words: list[str]) -> NoReturn:
        """Raise WrongUseError for words that the command line has too many."""
        self.error(_translated("unrecognized arguments: %s") % " ".join(words))

    def usage_line(self) -> str:
        """Return the one line that shows the form of the command."""
        parts = [self.prog]
        for action in self._actions:
            if action.dest == "help":
                continue
            if action.option_strings:
                value = f" {action.metavar}" if action.nargs != 0 else ""
                parts.append(f"[{action.option_strings[-1]}{value}]")
            else:
                name = _(str(action.metavar))
                parts.append(f"[{name}]" if action.nargs == "?" else name)
        return " ".join(parts)

    def format_usage(self) -> str:
        """Return what `print_usage` prints."""
        return f"{_('用法：')}{self.usage_line()}\n"

    def format_help(self) -> str:
        """Return the whole help, broken to the terminal's width."""
        return self.help_text(min(output.columns() or _WIDTH, _WIDTH))

    def help_text(self, width: int) -> str:
        """Return the help for a terminal of that width."""
        parts = [
            wrapped(self.format_usage().rstrip(), width, indent="  "),
            *(wrapped(line, width) for line in _(self.description or "").split("\n\n")),
        ]
        verbs: list[tuple[str, str]] = []
        arguments: list[tuple[str, str]] = []
        options: list[tuple[str, str]] = []
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                verbs += [(str(choice.metavar or choice.dest), _(choice.help or ""))
                          for choice in action._choices_actions]  # fmt: skip
            elif action.option_strings:
                value = f" {action.metavar}" if action.nargs != 0 else ""
                options.append((", ".join(action.option_strings) + value, _(action.help or "")))
            else:
                arguments.append((str(action.metavar), _(action.help or "")))
        for title, rows in ((_("命令："), verbs), (_("参数："), arguments), (_("选项："), options)):
            if rows:
                parts.append(_table(title, rows, width))
        if self.epilog:
            parts.append("\n".join(wrapped(s, width, "  ") for s in _(self.epilog).split("\n")))
        return "\n\n".join(parts) + "\n"


def command(only: str | None = None) -> Parser:
    """Return the parser of the whole command, or what of it one verb needs; no other verb is imported then."""
    top = Parser(
        prog="lab",
        description="后端开发基础的实验：看指南、跑例子、看自己做到哪里了。\n\n"
        "只写 lab，不带别的，就能看到每一章的进度和下一个实验。",
        epilog="每个命令都有自己的帮助，例如：lab run --help",
    )
    top.add_argument("--version", action="version", version=f"lab {__version__}", help="显示版本")
    choices = top.add_subparsers(dest="verb", metavar="命令")
    names = [only] if only else verbs.names()
    found = [(name, importlib.import_module(f"lab.verbs.{name}")) for name in names]
    for name, verb in sorted(found, key=lambda entry: int(entry[1].RANK)):
        shown = {"help": verb.HELP} if verb.HELP else {}
        own = choices.add_parser(name, **shown)
        verb.arguments(own)
        own.set_defaults(call=verb.run)
    return top


def _table(title: str, rows: list[tuple[str, str]], width: int) -> str:
    left = max(cells(name) for name, _ in rows)
    lines = [title]
    for name, text in rows:
        line = f"  {padded(name, left)}  {text}"
        lines.append(wrapped(line, width, indent=" " * (left + 4)))
    return "\n".join(lines)
