"""`lab check`: runs a lab's check and tells what passed, what did not, and what to look at next."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any, Final

from lab import catalogue, output, paths, progress
from lab.errors import DONE, FAILED, FailedError, LabError, WrongUseError
from lab.text import wrapped

if TYPE_CHECKING:
    import argparse

    from lab.exercise import Outcome
    from lab.parser import Parser
    from lab.watcher import Snapshot

RANK: Final = 5
HELP: Final = "检查练习做得对不对"


def arguments(parser: Parser) -> None:
    """Take the lab, and either of two forms."""
    parser.description = (
        "检查一个实验的练习：哪几步通过了；没通过的那一步运行了什么、得到什么、应该是什么、该看哪里。"
        "检查只读你的文件，从不改动它们。"
    )
    parser.epilog = "退出码：0 通过，1 没通过，2 用法不对，3 检查程序自己出了问题；--watch 用 ctrl-c 结束时是 0。"
    parser.add_id("；不写就是当前文件夹的，或者上次做的那一个", nargs="?")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="输出 JSON，给程序读")
    form.add_argument(
        "--watch", action="store_true", help="每次保存文件就再检查一次，直到按 ctrl-c"
    )


def run(options: argparse.Namespace) -> int:
    """Check one lab; without an id the one whose folder this is, or else the last one worked on."""
    lab = catalogue.lab(options.id or _current())
    if options.watch and lab.exercise:
        return _watch(lab)
    return _check(lab, as_json=options.json)


def _watch(lab: catalogue.Lab) -> int:
    """Check one lab, and again after each save, until ctrl-c."""
    from lab import watcher

    folder = paths.work(lab.id)
    # The command line lets ctrl-c end the process at once; here it is the ordinary way out.
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, _insist)
        signal.signal(signal.SIGALRM, _insist)
    try:
        seen = watcher.snapshot(folder)
        _check(lab, watched=True)
        while True:
            output.say("保存文件就会再检查一次，按 ctrl-c 结束。")
            output.flush()
            now = watcher.wait(folder, seen)
            output.say()
            output.say(f"---- {time.strftime('%H:%M:%S')}  {_difference(seen, now)} ----")
            output.flush()
            seen = now
            try:
                _check(lab, watched=True)
            except (FailedError, WrongUseError) as error:
                output.warn(str(error))
    except KeyboardInterrupt as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if error.args and error.args[0] != signal.SIGINT:
            raise
        output.say()
        output.say(f"不再检查了。接着做：lab check {lab.id} --watch")
        return DONE


def _insist(number: int, frame: object) -> None:
    """Raise KeyboardInterrupt, and again after a second in case a destructor swallowed it."""
    signal.setitimer(signal.ITIMER_REAL, 1)
    raise KeyboardInterrupt


def _difference(seen: Snapshot, now: Snapshot) -> str:
    """Name what was saved."""
    names = sorted(name for name in seen.keys() | now.keys() if seen.get(name) != now.get(name))
    many = f" 等 {len(names)} 个文件" if len(names) > 1 else ""
    return f"{names[0]}{many} 有变化"


def _check(lab: catalogue.Lab, *, as_json: bool = False, watched: bool = False) -> int:
    from lab import exercise  # Late, as all that a check needs: `lab --help` does without.

    outcome = exercise.check(lab) if lab.exercise else exercise.Outcome([], None, None)
    failure = outcome.failure
    kept = True
    try:
        summary = f"{outcome.failed}：{failure.actual.splitlines()[0]}" if failure else None
        progress.record_check(lab.id, summary)
    except LabError as error:
        kept = False
        output.warn(str(error))
    if as_json:
        output.say_json(_report(lab, outcome))
    else:
        _tell(lab, outcome, watched=watched)
    return DONE if failure is None and kept else FAILED


def _current() -> str:
    """Return the lab whose folder this is, or else the last one worked on."""
    ids = catalogue.lab_ids()
    try:
        inside = os.path.relpath(os.getcwd(), os.path.realpath(paths.labs())).split(os.sep)[0]
    except OSError:
        inside = ""
    if inside in ids:
        return inside
    dated = [
        (entry.updated or "", lab)
        for lab, entry in progress.read().items()
        if lab in ids and entry.state != progress.NEW
    ]
    if not dated:
        raise WrongUseError("要检查哪个实验？例如：lab check 4.1.2")
    return max(dated)[1]


def _report(lab: catalogue.Lab, outcome: Outcome) -> dict[str, Any]:
    steps = [{"title": title, "passed": True} for title in outcome.passed]
    entry: dict[str, Any] = {
        "id": lab.id,
        "title": lab.title,
        "chapter": lab.chapter,
        **progress.get(progress.read(), lab.id)._asdict(),
        "passed": outcome.failure is None,
        "steps": steps,
    }
    if outcome.failure is not None:
        steps.append({"title": outcome.failed or "", "passed": False})
        entry |= {
            "command": outcome.failure.command,
            "actual": outcome.failure.actual,
            "expected": outcome.failure.expected,
            "hint": outcome.failure.hint,
        }
    return {"labs": [entry]}


def _tell(lab: catalogue.Lab, outcome: Outcome, *, watched: bool) -> None:
    width = output.columns()
    output.say(f"{lab.id}  {lab.title}")
    for title in outcome.passed:
        output.say(wrapped(f"  ✓ {title}", width, " " * 4))
    failure = outcome.failure
    if failure is None:
        if lab.exercise is None:
            output.say("这个实验没有练习，读懂就算完成。")
        else:
            output.say()
            output.say("全部通过，做得好！")
        _tell_next(lab)
        return
    output.say(wrapped(f"  ✗ {outcome.failed}", width, " " * 4))
    output.say()
    rows = (
        ("运行了", failure.command),
        ("得到的", failure.actual),
        ("应该是", failure.expected),
        ("看一看", failure.hint),
    )
    for title, text in rows:
        if text:
            first, *rest = text.splitlines()
            output.say(wrapped(f"{title}：{first}", width, " " * 8))
            for line in rest:
                output.say(wrapped(f"        {line}", width, " " * 8))
    output.say()
    again = "" if watched else f"改好以后再检查：lab check {lab.id}    "
    output.say(f"{again}要提示：lab hint {lab.id}")


def _tell_next(lab: catalogue.Lab) -> None:
    ids = catalogue.lab_ids()
    place = ids.index(lab.id)
    if place + 1 < len(ids):
        output.say(f"下一个：lab show {ids[place + 1]}")
