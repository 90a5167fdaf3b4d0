"""The command line: reads it, calls the verb, and turns every error into one message and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from lab import output, verbs
from lab.errors import BROKEN, LabError, WrongUseError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence


def main(arguments: Sequence[str]) -> int:
    """Carry out one command line and return its exit code."""
    # Ctrl-c and a reader that has gone end the command quietly, as they end any other; nothing here needs cleaning up.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    output.prepare()
    try:
        if "_ARGCOMPLETE" in os.environ:
            from lab import completion

            completion.answer()
        code = _carry_out(arguments)
        output.flush()
    except LabError as error:
        output.warn(str(error))
        return error.code
    except KeyboardInterrupt as error:
        # What was started has been cleaned up; now end as the signal would have ended it.
        number = error.args[0] if error.args else signal.SIGINT
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return BROKEN
    except ModuleNotFoundError as error:
        output.warn(f"lab 的安装不完整，缺少 {error.name}。请告诉老师。")
        return BROKEN
    except Exception as error:
        if os.environ.get("COURSEBOX_DEBUG"):
            raise
        output.warn(
            f"lab 自己出了问题，不是你的错。请把下面这行告诉老师：\n{type(error).__name__}: {error}"
        )
        # What could not be written must not be tried again while Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN
    return code


def _carry_out(arguments: Sequence[str]) -> int:
    if not arguments:
        from lab import overview

        return overview.overview()
    word = arguments[0]
    known = verbs.names()
    if word not in known and not word.startswith("-"):
        raise _unknown(word, known)
    from lab import parser

    top = parser.command(word if word in known else None)
    options, unknown = top.parse_known_args(arguments)
    if unknown:
        # Told by the verb's own usage, not that of the whole command.
        top.verbs().get(options.verb, top).unrecognized(unknown)
    call: Callable[[argparse.Namespace], int] | None = getattr(options, "call", None)
    if call is None:
        from lab.i18n import translated as _

        raise WrongUseError(_("还缺少命令。用 lab --help 看有哪些命令。"))
    return call(options)


def _unknown(word: str, known: list[str]) -> WrongUseError:
    """Suggest a verb for one that does not exist; a bare lab id means that `show` or `run` was left out."""
    from lab.i18n import translated as _

    if word[:1].isdigit():
        meant = _("要做什么？看指南：lab show {word}，运行例子：lab run {word}。")
        return WrongUseError(meant.format(word=word))
    import difflib

    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    meant = _("你要找的是不是 lab {verb}？").format(verb=near[0]) if near else ""
    unknown = _("没有命令 {word}。{meant}用 lab --help 看有哪些命令。")
    return WrongUseError(unknown.format(word=word, meant=meant))
