"""The student's progress: the state of each lab, kept in progress.json."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lab import json_file, output, owner, paths
from lab.errors import FailedError, LabError

if TYPE_CHECKING:
    from collections.abc import Callable

_SCHEMA: Final = 1
NEW: Final = "new"
STARTED: Final = "started"
FAILED: Final = "failed"
PASSED: Final = "passed"
STATES: Final = (NEW, STARTED, FAILED, PASSED)


class Progress(NamedTuple):
    """How far one lab is: its state and since when, how many checks and hints it took, what failed last.

    Times are ISO 8601 with the zone.
    """

    state: str = NEW
    attempts: int = 0
    updated: str | None = None
    since: str | None = None
    hints: int = 0
    failure: str | None = None


class _Newer(Exception):
    """The file was written by a later version of this command."""


def path() -> str:
    """Return where progress is kept."""
    return os.path.join(paths.state_dir(), "progress.json")


def read() -> dict[str, Progress]:
    """Return the progress by lab id; whatever is wrong with the file is said, and never stops the command."""
    try:
        return _load()
    except json_file.Damaged:
        return _rescue()
    except _Newer:
        output.warn(f"进度文件 {path()} 是更新版本的 lab 写的，这次先不读它，也不会改它。")
    except OSError as error:
        output.warn(
            f"读不了进度文件 {path()}（{error.strerror}），这次当作还没有进度。{owner.cure(path())}"
        )
    return {}


def get(entries: dict[str, Progress], lab: str) -> Progress:
    """Return one lab's progress, that of a new one where there is none."""
    return entries.get(lab) or Progress()


def mark_started(lab: str) -> None:
    """Mark a lab as started if it was new; only warn when that cannot be written."""
    if get(read(), lab).state == NEW:
        _try(lab, lambda old: old._replace(state=STARTED) if old.state == NEW else old)


def mark_read(lab: str) -> None:
    """Mark a lab without an exercise as passed: it asks for nothing but reading. Only warn when that cannot be written."""
    if get(read(), lab).state != PASSED:
        _try(lab, lambda old: old._replace(state=PASSED, failure=None))


def record_check(lab: str, failure: str | None) -> None:
    """Count a check that passed, or failed with `failure`; what has passed stays passed. Raises FailedError, WrongUseError.

    A student who breaks it afterwards by trying something out has still done the lab.
    """

    def change(old: Progress) -> Progress:
        state = PASSED if failure is None or old.state == PASSED else FAILED
        return old._replace(state=state, attempts=old.attempts + 1, failure=failure)

    update(lab, change)


def record_hint(lab: str, count: int) -> None:
    """Record how many hints were given; only warn when that cannot be written."""
    _try(lab, lambda old: old._replace(hints=max(count, old.hints)))


def seed() -> str:
    """Return the seed of this student's random values, made at its first use.

    Raises FailedError where it can neither be read nor written, and WrongUseError as `paths.own_home` does.
    """
    place = os.path.join(paths.state_dir(), "seed.json")
    try:
        paths.own_home()
        with json_file.locked(os.path.join(paths.state_dir(), "seed.lock")):
            try:
                data = json_file.read(place)
            except json_file.Damaged:
                json_file.set_aside(place)
                data = None
            if data is None or not isinstance(data.get("seed"), str):
                data = {"seed": os.urandom(16).hex()}
                json_file.write(place, data)
            return str(data["seed"])
    except json_file.Busy as error:
        raise FailedError("另一个 lab 一直占着种子文件，请稍后再试。") from error
    except OSError as error:
        raise FailedError(
            f"写不了 {place}（{error.strerror}）。{owner.cure(paths.state_dir())}"
        ) from error


def update(lab: str, change: Callable[[Progress], Progress]) -> None:
    """Change one lab's progress, under a lock against other terminals.

    Raises FailedError where that cannot be written, and WrongUseError as `paths.own_home` does.
    """
    try:
        paths.own_home()
        with json_file.locked(os.path.join(paths.state_dir(), "progress.lock")):
            labs = _load()
            old = labs.get(lab, Progress())
            new = change(old)
            if new != old:
                now = _now()
                since = old.since if new.state == old.state else now
                labs[lab] = new._replace(updated=now, since=since)
                entries = {name: entry._asdict() for name, entry in labs.items()}
                json_file.write(path(), {"schema": _SCHEMA, "labs": entries})
    except json_file.Busy as error:
        raise FailedError("另一个 lab 一直占着进度文件，这次没有记下进度。") from error
    except (json_file.Damaged, _Newer) as error:
        raise FailedError(f"进度文件 {path()} 不能用，这次没有记下进度。") from error
    except OSError as error:
        raise FailedError(
            f"没能记下进度（{paths.state_dir()}：{error.strerror}）。{owner.cure(paths.state_dir())}"
        ) from error


def _try(lab: str, change: Callable[[Progress], Progress]) -> None:
    """Change one lab's progress; only warn where that fails."""
    try:
        update(lab, change)
    except LabError as error:
        output.warn(str(error))


def _load() -> dict[str, Progress]:
    data = json_file.read(path())
    if data is None:
        return {}
    schema = data.get("schema")
    if isinstance(schema, int) and schema > _SCHEMA:
        raise _Newer
    labs = data.get("labs")
    if schema != _SCHEMA or not isinstance(labs, dict):
        raise json_file.Damaged("not a progress file")
    return {name: _entry(entry) for name, entry in labs.items()}


def _entry(data: Any) -> Progress:
    if not isinstance(data, dict):
        raise json_file.Damaged("not an entry")
    entry = Progress(
        data.get("state", ""),
        data.get("attempts", -1),
        data.get("updated"),
        data.get("since"),
        data.get("hints", 0),
        data.get("failure"),
    )
    whole = all(isinstance(n, int) and n >= 0 for n in (entry.attempts, entry.hints))
    texts = (entry.updated, entry.since, entry.failure)
    worded = all(text is None or isinstance(text, str) for text in texts)
    if entry.state not in STATES or not whole or not worded:
        raise json_file.Damaged("not an entry")
    return entry


def _rescue() -> dict[str, Progress]:
    """Keep a damaged file aside, unless another terminal has just done so."""
    try:
        paths.own_home()
        with json_file.locked(os.path.join(paths.state_dir(), "progress.lock")):
            try:
                return _load()
            except json_file.Damaged:
                kept = json_file.set_aside(path())
    except (OSError, LabError, json_file.Busy, _Newer):
        output.warn(f"进度文件 {path()} 坏了，这次当作还没有进度。")
    else:
        output.warn(f"进度文件坏了，已经原样保存为 {kept}，从头开始记。你的练习文件没有受影响。")
    return {}


def _now() -> str:
    from datetime import datetime  # Late: few commands write a time.

    return datetime.now().astimezone().isoformat(timespec="seconds")
