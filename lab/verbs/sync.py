"""`lab sync`: lays the examples' working copies, and says what it did in one line."""

from __future__ import annotations

import json
import os

from lab import catalogue, laid, output, places
from lab.errors import DONE, FAILED


def sync(
    source: str | None,
    wanted: str | None,
    *,
    restore: bool,
    check: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Bring `~/labs`, or one lab in it, up to date, or with `check` only say whether something is to do."""
    root = os.path.abspath(source) if source else places.labfiles()
    lab = None if wanted is None else catalogue.lab(wanted).id
    report = laid.bring(root, restore=restore, only_look=check, lab=lab)
    for problem in report.blocked:
        output.warn(problem)
    if as_json:
        output.say(json.dumps(report._asdict(), ensure_ascii=False))
    elif not quiet:
        output.say(_sentence(report, check))
    return FAILED if check and report.changed else DONE


def _sentence(report: laid.Report, check: bool) -> str:
    parts = []
    if report.added:
        parts.append(f"新增 {report.added} 个文件")
    if report.updated:
        parts.append(f"更新 {report.updated} 个文件")
    if report.kept:
        parts.append(
            f"你改过的 {len(report.kept)} 个保持不动，新版本在旁边（.new）：{' '.join(report.kept)}"
        )
    if report.offered:
        parts.append(f"你删掉的 {len(report.offered)} 个没有放回（想要的话：lab sync --restore）")
    if report.blocked:
        parts.append(f"{len(report.blocked)} 处跳过了")
    if not report.changed:
        return "；".join(["没有要更新的", *parts])
    return "；".join(["要更新" if check else "已更新 ~/labs", *parts])
