"""`lab sync`: updates the working copies, and says what it did in one line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from lab import catalogue, output, paths
from lab.errors import DONE, FAILED
from lab.ids import plain
from lab.sync.run import Report, sync

if TYPE_CHECKING:
    import argparse

    from lab.parser import Parser

RANK: Final = 9
HELP: Final = "把例子放到 ~/labs（机器布置时会自动做）"


def arguments(parser: Parser) -> None:
    """Take the lab, where its files come from, and what to do and to say."""
    parser.description = (
        "把每个实验的例子放到 ~/labs/编号/examples。新的会加上，你没有动过的会更新；"
        "你改过的不会被覆盖，新版本放在旁边，名字以 .new 结尾；你删掉的不会被放回来。"
    )
    parser.add_argument(
        "id", nargs="?", type=plain, metavar="ID", help="只管这一个实验；不写就是全部"
    )
    parser.add_argument("--from", dest="source", metavar="DIR", help="从这个文件夹取课程文件")
    parser.add_argument("--restore", action="store_true", help="你删掉的例子也放回来")
    parser.add_argument("--check", action="store_true", help="只看不做：有东西要更新时退出码是 1")
    parser.add_argument("--quiet", action="store_true", help="没有问题就什么也不说")
    parser.add_argument("--json", action="store_true", help="结果输出成一行 JSON，给程序读")


def run(options: argparse.Namespace) -> int:
    """Update `~/labs`, or one lab in it, or with `--check` only say whether something is to do."""
    root = os.path.abspath(options.source) if options.source else paths.labfiles()
    lab = None if options.id is None else catalogue.lab(options.id).id
    report = sync(root, restore=options.restore, only_look=options.check, lab=lab)
    for problem in report.skipped:
        output.warn(problem)
    if options.json:
        output.say_json(report._asdict())
    elif not options.quiet:
        output.say(_sentence(report, options.check))
    return FAILED if options.check and report.changed else DONE


def _sentence(report: Report, check: bool) -> str:
    parts = []
    if report.added:
        parts.append(f"新增 {report.added} 个文件")
    if report.updated:
        parts.append(f"更新 {report.updated} 个文件")
    if report.modified:
        parts.append(
            f"你改过的 {len(report.modified)} 个保持不动，新版本在旁边（.new）：{' '.join(report.modified)}"
        )
    if report.deleted:
        parts.append(f"你删掉的 {len(report.deleted)} 个没有放回（想要的话：lab sync --restore）")
    if report.skipped:
        parts.append(f"{len(report.skipped)} 处跳过了")
    if not report.changed:
        return "；".join(["没有要更新的", *parts])
    return "；".join(["要更新" if check else "已更新 ~/labs", *parts])
