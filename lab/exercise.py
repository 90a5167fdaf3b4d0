"""Runs a lab's `check.py`: prepares what the exercise needs, checks the work, and leaves nothing behind."""

from __future__ import annotations

import errno
import glob
import os
import re
import signal
import stat
import sys
import tempfile
import traceback
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lab import json_file, output, owner, paths, progress, safe_fs
from lab.checking import Failure, Work, processes
from lab.errors import BrokenError, FailedError, LabError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.catalogue import Lab

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_SCRATCH: Final = "lab-check-"
# No check takes longer; see lab/schema/lab.schema.json.
_LONGEST_SECONDS: Final = 600
# Cleaning up takes up to ten seconds.
_AGAIN_SECONDS: Final = 20.0


class Outcome(NamedTuple):
    """What a check found: the steps that passed, and the one that did not with its failure."""

    passed: list[str]
    failed: str | None
    failure: Failure | None


class _Stopped(BaseException):
    """A signal that ends the check; a BaseException, so that no check takes it for its own."""


class _OutOfTime(BaseException):
    """The check as a whole took longer than its lab allows."""


def setup(lab: Lab) -> list[str]:
    """Set up what the exercise needs beside its starter; return remarks for the student.

    What the student has made is never replaced. Raises BrokenError where `check.py` itself fails.
    """
    make = getattr(_load(lab), "setup", None)
    if make is None:
        return []
    with _work(lab) as work, _guarded(lab):
        return list(make(work) or ())


def check(lab: Lab) -> Outcome:
    """Check the student's work; what the check started has ended when this returns, whatever happens.

    Raises BrokenError where `check.py` itself fails, and KeyboardInterrupt where the student pressed ctrl-c.
    """
    paths.own_home()
    if not os.path.isdir(paths.work(lab.id)):
        raise WrongUseError(f"还没有开始这个实验。先准备好：lab start {lab.id}")
    examine = _load(lab).check
    assert lab.exercise
    with _turn(), _work(lab) as work, _signals(lab.exercise.seconds):
        try:
            with _guarded(lab):
                examine(work)
            return Outcome(work.steps, None, None)
        except Failure as error:
            failure = error
        except _OutOfTime:
            signal.setitimer(signal.ITIMER_REAL, 0)
            failure = Failure(
                actual=f"整个检查超过了 {lab.exercise.seconds:g} 秒，停在这一步",
                expected="每一步都很快做完",
                hint="程序里是不是有等不完的循环，或者睡得太久的 sleep？",
            )
        *passed, failed = work.steps or ["检查"]
        return Outcome(passed, failed, failure)


@contextmanager
def _turn() -> Iterator[None]:
    """Let one check of a student's run at a time: two at once would fight over the course's ports."""
    place = os.path.join(paths.state_dir(), "check.lock")
    with ExitStack() as held:
        try:
            paths.own_home()
            try:
                held.enter_context(json_file.locked(place, seconds=0))
            except json_file.Busy:
                output.warn("另一个终端正在检查，等它做完……")
                held.enter_context(json_file.locked(place, seconds=_LONGEST_SECONDS))
        except json_file.Busy as error:
            raise FailedError("另一个终端里的检查一直没有做完，这次没有检查。") from error
        except OSError as error:
            raise FailedError(
                f"写不了 {place}（{error.strerror}），没法检查。{owner.cure(place)}"
            ) from error
        yield


def _sweep() -> None:
    """Take away what checks left behind that were killed outright: their programs, then their folders."""
    for scratch in glob.glob(os.path.join(tempfile.gettempdir(), f"{_SCRATCH}*")):
        found = re.fullmatch(rf"{_SCRATCH}(\d+)-(\d+)-\w+", os.path.basename(scratch))
        owner = processes.one(int(found[1])) if found else None
        if not found or (owner and owner.started == int(found[2])):
            continue
        with suppress(OSError):
            there = os.lstat(scratch)
            if stat.S_ISDIR(there.st_mode) and there.st_uid == os.getuid():
                processes.kill_marked(scratch)
                safe_fs.remove(scratch)


@contextmanager
def _work(lab: Lab) -> Iterator[Work]:
    _sweep()
    own = processes.one(os.getpid())
    assert own
    try:
        scratch = tempfile.mkdtemp(prefix=f"{_SCRATCH}{own.pid}-{own.started}-")
    except OSError as error:
        raise FailedError(
            f"建不了临时文件夹（{error.strerror}）：看看磁盘是不是满了，df -h。"
        ) from error
    try:
        yield Work(lab.id, lab.folder, paths.work(lab.id), scratch, progress.seed())
    finally:
        safe_fs.remove(scratch)


@contextmanager
def _guarded(lab: Lab) -> Iterator[None]:
    """Turn what the check itself does wrong into an error that is never blamed on the student."""
    try:
        yield
    except (Failure, LabError):
        raise
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise FailedError(f"磁盘写不了（{error.strerror}）：看看是不是满了，df -h。") from error
        # The student's own folder, which the check could not use.
        cure = owner.cure(paths.work(lab.id)) if isinstance(error, PermissionError) else ""
        if cure:
            raise FailedError(
                f"{paths.tilde(paths.work(lab.id))} 里有 lab 碰不了的东西：{cure}"
            ) from error
        raise _broken(lab, error) from error
    except Exception as error:
        raise _broken(lab, error) from error


def _broken(lab: Lab, error: Exception) -> BrokenError:
    if os.environ.get("COURSEBOX_DEBUG"):
        traceback.print_exception(error)
    steps = traceback.extract_tb(error.__traceback__)
    line = next((step.lineno for step in reversed(steps) if step.filename == lab.check), 0)
    return BrokenError(
        f"检查程序自己出了问题，不是你的错，也没有记进成绩。请把下面这行告诉老师：\n"
        f"{lab.check}:{line} {type(error).__name__}: {error}"
    )


@contextmanager
def _signals(seconds: float) -> Iterator[None]:
    """Let signals and the time limit end the check by an exception, so that everything is cleaned up."""

    def stop(number: int, frame: object) -> None:
        # Cleaning up must not be cut short by a second one.
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        raise _Stopped(number)

    def late(number: int, frame: object) -> None:
        raise _OutOfTime

    kept = {
        number: signal.signal(number, stop)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    kept[signal.SIGALRM] = signal.signal(signal.SIGALRM, late)
    # A program that has hung up is an error for the check to tell, not the end of `lab`.
    kept[signal.SIGPIPE] = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    # Repeat the alarm in case a bare `except:` in check.py swallowed the first one, leaving time for clean-up.
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    stopped = 0
    try:
        yield
    except _Stopped as error:
        stopped = int(error.args[0])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        processes.kill_all(keep=-1)
        for number, handler in kept.items():
            signal.signal(number, handler)
    if stopped:
        raise KeyboardInterrupt(stopped)


def _load(lab: Lab) -> Any:
    """Return the module of a lab's check."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("lab_check", lab.check)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["lab_check"] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise _broken(lab, error) from error
    return module
