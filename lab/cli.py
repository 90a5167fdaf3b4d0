"""The command line: reads it, calls the verb, and turns every error into one message and an exit code."""

from __future__ import annotations

import os
import signal
import sys
import unicodedata
from typing import TYPE_CHECKING

from lab import __version__, output
from lab.errors import BROKEN, DONE, LabError, WrongUseError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from lab.parser import Parser

VERBS = ("list", "show", "run", "start", "check", "hint", "solution", "reset", "sync", "completion")
_ID = "实验编号，例如 4.1.2"


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


def parser() -> Parser:
    """Return the parser of the whole command; a bare `lab` does without, and starts the sooner."""
    from lab.parser import Parser

    top = Parser(
        prog="lab",
        description="后端开发基础的实验：看指南、跑例子、看自己做到哪里了。\n\n"
        "只写 lab，不带别的，就能看到每一章的进度和下一个实验。",
        epilog="每个命令都有自己的帮助，例如：lab run --help",
    )
    top.add_argument("--version", action="version", version=f"lab {__version__}", help="显示版本")
    verbs = top.add_subparsers(dest="verb", metavar="命令")
    listing = verbs.add_parser(
        "list",
        help="列出实验和进度",
        description="列出全部实验，或者一章的实验，以及它们的进度。",
    )
    listing.add_argument(
        "chapter", nargs="?", metavar="CHAPTER", help="章的编号，例如 4；不写就是全部"
    )
    listing.add_argument("--json", action="store_true", help="输出 JSON，给程序读")
    listing.set_defaults(call=_list)
    show = verbs.add_parser(
        "show",
        help="看一个实验的指南",
        description="在终端里显示一个实验的指南。没有练习的实验，看过指南就算通过。",
        epilog="指南很长的时候，可以一页一页地看：lab show 4.1.2 | less",
    )
    show.add_argument("id", metavar="ID", help=_ID)
    show.set_defaults(call=_show)
    run = verbs.add_parser(
        "run",
        help="运行一个实验的例子",
        description="像课程里那样运行一个例子。键盘和屏幕都归这个例子，按 ctrl-c 可以结束它；"
        "退出码就是例子自己的退出码。\n\n"
        "~/labs 里有你的副本就运行你的副本，所以你改了什么马上看得到；没有副本就运行原来的例子。",
        epilog="lab run 6.2 process 和 lab run 6.2:process 是一回事。",
    )
    run.add_argument("id", metavar="ID", help=f"{_ID}；也可以写成 ID:EXAMPLE")
    run.add_argument("example", nargs="?", metavar="EXAMPLE", help="例子的名字；不写就是第一个")
    run.set_defaults(call=_run)
    start = verbs.add_parser(
        "start",
        help="开始一个实验的练习",
        description="准备好练习需要的东西（文件、进程、端口），告诉你要做什么、在哪里做。已经有的东西不会动。",
    )
    start.add_argument("id", metavar="ID", help=_ID)
    start.set_defaults(call=_start)
    check = verbs.add_parser(
        "check",
        help="检查练习做得对不对",
        description="检查一个实验的练习：哪几步通过了；没通过的那一步运行了什么、得到什么、应该是什么、该看哪里。"
        "检查只读你的文件，从不改动它们。",
        epilog="退出码：0 通过，1 没通过，2 用法不对，3 检查程序自己出了问题；--watch 用 ctrl-c 结束时是 0。",
    )
    check.add_argument(
        "id", nargs="?", metavar="ID", help=f"{_ID}；不写就是当前文件夹的，或者上次做的那一个"
    )
    form = check.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="输出 JSON，给程序读")
    form.add_argument(
        "--watch", action="store_true", help="每次保存文件就再检查一次，直到按 ctrl-c"
    )
    check.set_defaults(call=_check)
    hint = verbs.add_parser(
        "hint",
        help="要一条提示",
        description="给练习的一条提示。一共三条，一条比一条说得多；再要一次就是下一条，三条都给过以后全部再给一遍。",
    )
    hint.add_argument("id", metavar="ID", help=_ID)
    hint.set_defaults(call=_hint)
    solution = verbs.add_parser(
        "solution",
        help="看答案（会先问一问）",
        description="显示练习的答案。先自己做，再来对照，学到的最多，所以会先问你是不是真的要看。",
    )
    solution.add_argument("id", metavar="ID", help=_ID)
    solution.add_argument("--yes", action="store_true", help="不用问，直接看")
    solution.set_defaults(call=_solution)
    reset = verbs.add_parser(
        "reset",
        help="让一个实验回到开始的样子（先存档）",
        description="先把 ~/labs/编号 整个存档，再恢复成开始的样子。存档放在 ~/labs/archive，什么也不会丢；进度不变。",
    )
    reset.add_argument("id", metavar="ID", help=_ID)
    reset.set_defaults(call=_reset)
    sync = verbs.add_parser(
        "sync",
        help="把例子放到 ~/labs（机器布置时会自动做）",
        description="把每个实验的例子放到 ~/labs/编号/examples。新的会加上，你没有动过的会更新；"
        "你改过的不会被覆盖，新版本放在旁边，名字以 .new 结尾；你删掉的不会被放回来。",
    )
    sync.add_argument("id", nargs="?", metavar="ID", help="只管这一个实验；不写就是全部")
    sync.add_argument("--from", dest="source", metavar="DIR", help="从这个文件夹取课程文件")
    sync.add_argument("--restore", action="store_true", help="你删掉的例子也放回来")
    sync.add_argument("--check", action="store_true", help="只看不做：有东西要更新时退出码是 1")
    sync.add_argument("--quiet", action="store_true", help="没有问题就什么也不说")
    sync.add_argument("--json", action="store_true", help="结果输出成一行 JSON，给程序读")
    sync.set_defaults(call=_sync)
    # Without `help` it is not listed: bash asks for it, people seldom.
    completion = verbs.add_parser(
        "completion",
        description="显示一段 bash 代码，有了它，按 tab 键就能补全 lab 的命令、编号和例子。机器布置时已经装好了。",
        epilog='在别的机器上：eval "$(lab completion)"',
    )
    completion.set_defaults(call=_completion)
    return top


def _carry_out(arguments: Sequence[str]) -> int:
    if not arguments:
        from lab.verbs import overview

        return overview.overview()
    _check_verb(arguments[0])
    top = parser()
    options, unknown = top.parse_known_args(arguments)
    if unknown:
        # Told by the verb's own usage, not that of the whole command.
        top.verbs().get(options.verb, top).unrecognized(unknown)
    call: Callable[[argparse.Namespace], int] | None = getattr(options, "call", None)
    if call is None:
        from lab.i18n import translated as _

        raise WrongUseError(_("还缺少命令。用 lab --help 看有哪些命令。"))
    return call(options)


def _check_verb(word: str) -> None:
    """Suggest a verb for one that does not exist; a bare lab id means that `show` or `run` was left out."""
    if word.startswith("-") or word in VERBS:
        return
    from lab.i18n import translated as _

    if word[:1].isdigit():
        meant = _("要做什么？看指南：lab show {word}，运行例子：lab run {word}。")
        raise WrongUseError(meant.format(word=word))
    import difflib

    near = difflib.get_close_matches(word, VERBS, n=1, cutoff=0.5)
    meant = _("你要找的是不是 lab {verb}？").format(verb=near[0]) if near else ""
    unknown = _("没有命令 {word}。{meant}用 lab --help 看有哪些命令。")
    raise WrongUseError(unknown.format(word=word, meant=meant))


def plain(word: str) -> str:
    """Turn what a Chinese input method makes of an id (４。１．２ or 6.2：thread) into the id."""
    return unicodedata.normalize("NFKC", word.replace("。", ".")).strip()


def _list(options: argparse.Namespace) -> int:
    from lab.verbs import listing

    chapter = None if options.chapter is None else plain(options.chapter)
    return listing.listing(chapter, as_json=options.json)


def _show(options: argparse.Namespace) -> int:
    from lab.verbs import show

    return show.show(plain(options.id))


def _run(options: argparse.Namespace) -> int:
    from lab.verbs import run

    lab, _colon, example = plain(options.id).partition(":")
    if options.example is not None:
        second = plain(options.example)
        if example and example != second:
            from lab.i18n import translated as _

            twice = _("写了两个例子，{first} 和 {second}：留下一个。")
            raise WrongUseError(twice.format(first=example, second=second))
        example = second
    run.run(lab, example or None)
    return DONE


def _start(options: argparse.Namespace) -> int:
    from lab.verbs import start

    return start.start(plain(options.id))


def _check(options: argparse.Namespace) -> int:
    from lab.verbs import check

    wanted = None if options.id is None else plain(options.id)
    return check.watch(wanted) if options.watch else check.check(wanted, as_json=options.json)


def _hint(options: argparse.Namespace) -> int:
    from lab.verbs import hint

    return hint.hint(plain(options.id))


def _solution(options: argparse.Namespace) -> int:
    from lab.verbs import solution

    return solution.solution(plain(options.id), sure=options.yes)


def _reset(options: argparse.Namespace) -> int:
    from lab.verbs import reset

    return reset.reset(plain(options.id))


def _sync(options: argparse.Namespace) -> int:
    from lab.verbs import sync

    return sync.sync(
        options.source,
        None if options.id is None else plain(options.id),
        restore=options.restore,
        check=options.check,
        quiet=options.quiet,
        as_json=options.json,
    )


def _completion(options: argparse.Namespace) -> int:
    from lab.verbs import completion

    return completion.completion()
