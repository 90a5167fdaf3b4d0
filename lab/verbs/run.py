"""`lab run`: becomes the example's program, which then owns the terminal, its signals and its exit code."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Final

from lab import catalogue, output, paths, ports, progress
from lab.errors import BrokenError, WrongUseError
from lab.i18n import translated as _
from lab.ids import plain

if TYPE_CHECKING:
    import argparse
    from typing import NoReturn

    from lab.parser import Parser

RANK: Final = 3
HELP: Final = "运行一个实验的例子"
_INTERPRETERS: Final = {".py": "/usr/bin/python3", ".sh": "/bin/bash"}
_SUDO: Final = "/usr/bin/sudo"


def arguments(parser: Parser) -> None:
    """Take the lab and its example."""
    parser.description = (
        "像课程里那样运行一个例子。键盘和屏幕都归这个例子，按 ctrl-c 可以结束它；"
        "退出码就是例子自己的退出码。\n\n"
        "~/labs 里有你的副本就运行你的副本，所以你改了什么马上看得到；没有副本就运行原来的例子。"
    )
    parser.epilog = "lab run 6.2 process 和 lab run 6.2:process 是一回事。"
    parser.add_id("；也可以写成 ID:EXAMPLE")
    parser.add_argument(
        "example", nargs="?", type=plain, metavar="EXAMPLE", help="例子的名字；不写就是第一个"
    )


def run(options: argparse.Namespace) -> NoReturn:
    """Run one example in place of this process. Raises WrongUseError and BrokenError."""
    wanted, _colon, name = options.id.partition(":")
    if name and options.example and name != options.example:
        twice = _("写了两个例子，{first} 和 {second}：留下一个。")
        raise WrongUseError(twice.format(first=name, second=options.example))
    lab = catalogue.lab(wanted)
    example = _chosen(lab, options.example or name or None)
    _check_needs(example)
    _check_port(example)
    progress.mark_started(lab.id)
    command = [_INTERPRETERS[os.path.splitext(example.file)[1]], _program(example), *example.args]
    if example.sudo and os.geteuid() != 0:
        output.warn("这个例子需要管理员权限，sudo 可能会问你的密码。")
        command = [_SUDO, "--", *command]
    _become(command)


def _chosen(lab: catalogue.Lab, name: str | None) -> catalogue.Example:
    if not lab.examples:
        raise WrongUseError(f"实验 {lab.id} 没有可以运行的例子。看指南：lab show {lab.id}")
    if name is None:
        return lab.examples[0]
    example = lab.example(name)
    if example is None:
        lines = [f"  lab run {lab.id} {known.name}   {known.summary}" for known in lab.examples]
        raise WrongUseError("\n".join([f"实验 {lab.id} 没有例子 {name}。它有这些例子：", *lines]))
    return example


def _program(example: catalogue.Example) -> str:
    """Return the student's copy if there is one, so that edits show, else the pristine program."""
    own = os.path.join(paths.labs(), example.lab, "examples", example.file)
    return own if os.path.isfile(own) else example.path


def _check_needs(example: catalogue.Example) -> None:
    if not example.needs:
        return
    owner, _, name = example.needs.partition(":")
    server = catalogue.lab(owner).example(name)
    if server is None or server.port is None:
        raise BrokenError(f"实验 {example.lab} 需要的 {example.needs} 不是服务器。")
    if not ports.is_held(server.port):
        raise WrongUseError(
            f"这个例子要连接 {server.port} 端口上的服务器，可是现在没有程序在那里听。\n"
            f"先在另一个终端里启动服务器：lab run {owner} {name}\n"
            f"然后回到这里再来一次：lab run {example.lab} {example.name}"
        )


def _check_port(example: catalogue.Example) -> None:
    if example.port is None or not ports.is_held(example.port):
        return
    said = f"端口 {example.port} 已经有程序在用，所以这个服务器现在启动不了。"
    raise WrongUseError("\n".join([said, *ports.who(example.port)]))


def _become(command: list[str]) -> NoReturn:
    # Python ignores this one, and what is ignored stays so in the program that takes over.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execv(command[0], command)
    except OSError as error:
        raise BrokenError(f"启动不了 {command[0]}（{error.strerror}）。") from error
