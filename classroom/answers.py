"""What seats answer, read as a stranger's data: each kind has one reader, which returns what it knows or raises AnswerError."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from classroom.i18n import translated as _
from classroom.text import plain
from lab.progress import STATES

MIRRORS: Final = ("apt", "security", "pip")
_LONGEST = 200
_LARGEST = 16 * 1024 * 1024
_MOST_LABS = 500
_MOST_ADDRESSES = 50
_MOST_LEFT_OUT = 200
_MOST_NUMBER = 10**9
_LAB = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2}){1,3}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class AnswerError(Exception):
    """A seat's answer is not what was asked for; the message says what is wrong, and is safe to show."""


@dataclass(frozen=True)
class LabProgress:
    """What a seat says of one lab: its student's state, and since when."""

    id: str
    state: str
    attempts: int
    hints: int
    since: datetime.datetime | None
    failure: str


@dataclass(frozen=True)
class Check:
    """What a check of one lab showed."""

    id: str
    passed: bool
    actual: str


@dataclass(frozen=True)
class Address:
    """How one address answered a seat; `reason` is empty where it did."""

    what: str
    address: str
    seconds: float
    reason: str


@dataclass(frozen=True)
class Manifest:
    """What an archive holds: the files' checksums by name, and what was left out, why, and how much of it."""

    files: Mapping[str, str]
    left_out: tuple[tuple[str, str], ...]
    left_out_count: int


@dataclass(frozen=True)
class Work:
    """How much stands in a home: files that the student wrote, one of them, and in how many labs."""

    files: int
    example: str
    labs: int


@dataclass(frozen=True)
class Restored:
    """How many files came back to a home, and how many were moved aside for them."""

    restored: int
    moved: int


def progress(answer: object) -> tuple[list[LabProgress], str]:
    """Read what `lab list --json` printed, and what the command said beside it. Raises AnswerError."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    lines = text.splitlines()
    listed = next((line for line in lines if line.startswith("{")), "")
    said = plain(" ".join(line for line in lines if line is not listed), _LONGEST)
    try:
        labs = _list(_dict(_json(listed), _("回答")).get("labs"), "labs", _MOST_LABS)
        return [_lab(_dict(lab, _("实验"))) for lab in labs], said
    except AnswerError as error:
        raise AnswerError(_("lab list 没有答完：{reason}", reason=said or error)) from error


def checks(line: str) -> tuple[list[Check], str]:
    """Read a line of what the second check printed: labs, or an error of its own. Raises AnswerError."""
    answer = _dict(_json(line), _("回答"))
    if "error" in answer:
        return [], plain(answer["error"], _LONGEST)
    labs = [_dict(lab, _("实验")) for lab in _list(answer.get("labs"), "labs", _MOST_LABS)]
    return [
        # Until 0.1.0, schema 1, it was called `came`.
        Check(
            _lab_id(lab),
            lab.get("passed") is True,
            plain(lab.get("actual", lab.get("came")), _LONGEST),
        )
        for lab in labs
    ], ""


def claims(content: bytes) -> dict[str, str]:
    """Read a student's own progress file: the states by lab; what is no state counts as none. Raises AnswerError."""
    labs = _dict(_dict(_json(content), _("进度")).get("labs"), "labs")
    return {
        name: entry["state"]
        for name, entry in labs.items()
        if isinstance(entry, dict) and _is_state(entry.get("state"))
    }


def seed(content: bytes) -> str:
    """Read the seed of a student's values. Raises AnswerError."""
    found = _dict(_json(content), _("种子")).get("seed")
    if not isinstance(found, str) or not found:
        raise AnswerError(_("seed 不是一串字"))
    return found


def mirrors(answer: object) -> list[Address]:
    """Read how addresses answered a seat. Raises AnswerError."""
    found = _json(answer) if isinstance(answer, str) else answer
    return [_address(_dict(entry, _("地址"))) for entry in _list(found, _("回答"), _MOST_ADDRESSES)]


def manifest(content: bytes) -> Manifest:
    """Read an archive's manifest. Raises AnswerError."""
    found = _dict(_json(content), _("清单"))
    files = _dict(found.get("files"), "files")
    if not all(isinstance(sum_, str) and _SHA256.fullmatch(sum_) for sum_ in files.values()):
        raise AnswerError(_("files 里有一个不是校验和"))
    pairs = [
        _list(pair, "left_out", 2)
        for pair in _list(found.get("left_out"), "left_out", _MOST_LEFT_OUT)
    ]
    if any(len(pair) != 2 for pair in pairs):
        raise AnswerError(_("left_out 里有一个不是名字和原因"))
    left = tuple((plain(name), plain(reason)) for name, reason in pairs)
    return Manifest(files, left, _count(found.get("left_out_count")))


def work(answer: object) -> Work:
    """Read how much a student has written. Raises AnswerError."""
    match = re.search(r"^work ([0-9]{1,9}) ([0-9]{1,3})\r?(?:\n(.*))?$", str(answer), re.MULTILINE)
    if match is None:
        raise AnswerError(_("座位没有说学生写了多少：{answer}", answer=plain(answer)))
    return Work(int(match[1]), plain(match[3], 80), int(match[2]))


def archive_path(answer: object, number: str) -> str:
    """Return where a seat keeps the home of a student that it has removed. Raises AnswerError."""
    named = rf"{re.escape(number)}(?:@[A-Za-z0-9_-]{{1,32}})?-[0-9]{{8}}-[0-9]{{6}}"
    pattern = rf"/var/lib/coursebox/removed/{named}\.tar\.gz"
    match = re.search(rf"^archive ({pattern})\r?$", str(answer), re.MULTILINE)
    if match is None:
        raise AnswerError(_("座位没有说存档在哪里：{answer}", answer=plain(answer)))
    return match[1]


def restored(answer: object) -> Restored:
    """Read what came of a home that was brought back. Raises AnswerError."""
    match = re.search(r"^restored ([0-9]{1,9}) ([0-9]{1,9})\r?$", str(answer), re.MULTILINE)
    if match is None:
        raise AnswerError(_("座位没有说恢复了多少：{answer}", answer=plain(answer)))
    return Restored(int(match[1]), int(match[2]))


def _json(text: object) -> Any:
    if not isinstance(text, str | bytes) or len(text) > _LARGEST:
        raise AnswerError(_("回答太大"))
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AnswerError(_("不是 JSON（{error}）", error=plain(error, 80))) from error


def _dict(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise AnswerError(_("{what} 不是一张表", what=what))
    return value


def _list(value: object, what: str, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise AnswerError(_("{what} 不是一个列表", what=what))
    if len(value) > most:
        raise AnswerError(_("{what} 超过 {most} 项", what=what, most=most))
    return value


def _lab(lab: Mapping[str, Any]) -> LabProgress:
    if not _is_state(lab.get("state")):
        raise AnswerError(_("有一个实验的状态不认识：{state}", state=plain(lab.get("state"), 20)))
    return LabProgress(
        id=_lab_id(lab),
        state=lab["state"],
        attempts=_count(lab.get("attempts")),
        hints=_count(lab.get("hints")),
        since=_time(lab.get("since")),
        failure=plain(lab.get("failure"), _LONGEST),
    )


def _lab_id(lab: Mapping[str, Any]) -> str:
    found = lab.get("id")
    if not isinstance(found, str) or not _LAB.fullmatch(found):
        raise AnswerError(_("有一个实验的编号不认识：{id}", id=plain(found, 20)))
    return found


def _is_state(value: object) -> bool:
    return isinstance(value, str) and value in STATES


def _address(entry: Mapping[str, Any]) -> Address:
    if entry.get("what") not in list(MIRRORS):
        raise AnswerError(_("不认识的地址种类：{kind}", kind=plain(entry.get("what"), 20)))
    seconds = entry.get("seconds")
    if not isinstance(seconds, int | float) or not 0 <= seconds < _MOST_NUMBER:
        raise AnswerError(_("不是一段时间：{seconds}", seconds=plain(seconds, 20)))
    address = plain(entry.get("address"), 300)
    return Address(entry["what"], address, float(seconds), plain(entry.get("reason")))


def _count(value: object) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < _MOST_NUMBER else 0  # type: ignore[operator,return-value]


def _time(value: object) -> datetime.datetime | None:
    """Return a time with its zone, in the present one; None for all else, also for years that no clock shows."""
    try:
        found = datetime.datetime.fromisoformat(str(value))
        return found.astimezone() if found.tzinfo and 1970 < found.year < 9999 else None
    except (ValueError, OverflowError, OSError):
        return None
