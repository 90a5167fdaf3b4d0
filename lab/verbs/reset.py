"""`lab reset`: archives a lab's folder, then makes it anew as it was at the beginning."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from lab import catalogue, output, owner, paths, safe_fs
from lab.errors import DONE, FailedError
from lab.verbs import start

if TYPE_CHECKING:
    import argparse

    from lab.parser import Parser

RANK: Final = 8
HELP: Final = "让一个实验回到开始的样子（先存档）"


def arguments(parser: Parser) -> None:
    """Take the lab."""
    parser.description = "先把 ~/labs/编号 整个存档，再恢复成开始的样子。存档放在 ~/labs/archive，什么也不会丢；进度不变。"
    parser.add_id()


def run(options: argparse.Namespace) -> int:
    """Begin one lab anew; nothing is taken away before the archive has been read back. Raises LabError."""
    from lab import archive, exercise  # Late: `lab --help` does without.
    from lab.checking import background

    lab = catalogue.lab(options.id)
    paths.own_home()
    # Whole or not at all: what could be taken away only in part is left alone.
    hindered = owner.locked_in(os.path.join(paths.labs(), lab.id)) or owner.way(paths.labs())
    if hindered:
        raise FailedError(f"什么也没有动。{hindered}")
    kept = archive.keep(lab.id)
    background.end(lab.id)
    if kept:
        _take_away(lab.id)
    remarks = start.sync_lab(lab, restore=True)
    if lab.exercise:
        remarks += exercise.setup(lab)
    if kept:
        output.say(f"原来的内容都存在 {paths.tilde(kept)}")
        output.say(f"想拿回来：tar -xzf {paths.tilde(kept)} -C ~，里面的文件会放到 ~/{lab.id}")
    output.say(f"实验 {lab.id} 回到了开始的样子：{paths.tilde(paths.work(lab.id))}")
    for remark in remarks:
        output.say(remark)
    return DONE


def _take_away(lab: str) -> None:
    """Remove the folder. After a kill in the middle another reset goes on, and the archive holds everything.

    It is not moved aside first: a folder of a container's image cannot be renamed on overlayfs.
    """
    try:
        safe_fs.remove(os.path.join(paths.labs(), lab))
    except OSError as error:
        raise FailedError(
            f"清不掉 {error.filename}（{error.strerror}）；里面的内容都在存档里。"
        ) from error
