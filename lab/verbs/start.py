"""`lab start`: prepares what an exercise needs and says where to work."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from lab import catalogue, output, owner, paths, progress
from lab.errors import DONE, FailedError
from lab.sync.run import sync
from lab.text import wrapped

if TYPE_CHECKING:
    import argparse

    from lab.parser import Parser

RANK: Final = 4
HELP: Final = "开始一个实验的练习"


def arguments(parser: Parser) -> None:
    """Take the lab."""
    parser.description = (
        "准备好练习需要的东西（文件、进程、端口），告诉你要做什么、在哪里做。已经有的东西不会动。"
    )
    parser.add_id()


def run(options: argparse.Namespace) -> int:
    """Prepare one lab; what is there already stays as it is."""
    lab = catalogue.lab(options.id)
    progress.mark_started(lab.id)
    if lab.exercise is None:
        output.say(f"实验 {lab.id} 没有要做的练习，读懂、看懂就好：lab show {lab.id}")
        if lab.examples:
            output.say(f"例子：lab run {lab.id}")
        return DONE
    from lab import exercise  # Late: `lab --help` does without.

    remarks = sync_lab(lab, restore=False) + exercise.setup(lab)
    width = output.columns()
    place = paths.tilde(paths.work(lab.id))
    output.say(f"{lab.id}  {lab.title}")
    output.say()
    output.say(wrapped(f"要做的：  {lab.exercise.task}", width, " " * 10))
    output.say(f"在哪里做：cd {place}")
    for remark in remarks:
        output.say(wrapped(remark, width))
    output.say()
    output.say(f"看指南：  lab show {lab.id}")
    output.say(f"检查：    lab check {lab.id}")
    output.say(f"要提示：  lab hint {lab.id}")
    return DONE


def sync_lab(lab: catalogue.Lab, *, restore: bool) -> list[str]:
    """Sync one lab's files and make its working folder; return remarks for the student. Raises LabError."""
    report = sync(paths.labfiles(), restore=restore, only_look=False, lab=lab.id)
    try:
        os.makedirs(paths.work(lab.id), exist_ok=True)
    except OSError as error:
        raise FailedError(
            f"建不了 {paths.tilde(paths.work(lab.id))}（{error.strerror}）。"
            f"{owner.cure(paths.work(lab.id))}"
        ) from error
    remarks = list(report.skipped)
    if report.modified:
        remarks.append(f"你改过的文件没有动，新版本在旁边（.new）：{'、'.join(report.modified)}")
    if report.deleted:
        remarks.append(
            f"你删掉的文件没有放回来：{'、'.join(report.deleted)}。想要的话：lab sync --restore {lab.id}"
        )
    return remarks
