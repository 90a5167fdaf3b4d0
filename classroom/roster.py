"""The roster: one CSV file, as a spreadsheet saves it, that says who sits where.

It is read whole before anything runs; every fault is named by line and column. RFC 4180 describes the format.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from classroom.i18n import translated as _
from classroom.text import FORMULA

COLUMNS = ("学号", "姓名", "班级")
OPTIONAL = ("座位", "公钥")
_ALIASES = {
    "学号": ("学号", "number", "id"),
    "姓名": ("姓名", "name"),
    "班级": ("班级", "class"),
    "座位": ("座位", "seat"),
    "公钥": ("公钥", "key"),
}
_NUMBER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,30}[A-Za-z0-9])?", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+", re.ASCII)
_SEAT = re.compile(
    r"(?=.{1,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*", re.ASCII
)
# What means something else to Ansible: its own machine and its groups.
_TAKEN = ("localhost", "all", "ungrouped", "seats")
# Letters that nobody sees, or that change how others are shown: control, format, line and paragraph separators.
_UNSEEN = ("Cc", "Cf", "Zl", "Zp")
_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9@.-]+) (\S+)( .*)?"
)
_LONGEST = 64
_LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Student:
    """One line of the roster; `key` is a public key as OpenSSH writes it, or empty."""

    number: str
    name: str
    group: str
    seat: str
    key: str
    line: int


@dataclass(frozen=True)
class Roster:
    """A class in the roster's order, and what the reader should know although it stops nothing."""

    students: tuple[Student, ...]
    remarks: tuple[str, ...]

    def by_seat(self) -> dict[str, Student]:
        """Return the students by the seat's name."""
        return {student.seat: student for student in self.students}


class RosterError(Exception):
    """The roster cannot be used; the message has a line for each fault, with its place."""


def load(path: Path) -> Roster:
    """Read a roster. Raises RosterError, which names every fault by line and column."""
    rows = _rows(path)
    if not rows:
        raise RosterError(
            _(
                "{path}：文件是空的。第一行要写列名：{columns}。",
                path=path,
                columns=_("、").join(map(_, COLUMNS + OPTIONAL)),
            )
        )
    positions = _columns(path, rows[0])
    reader = _Reader(path, positions)
    for line, cells in rows[1:]:
        reader.take(line, cells)
    return reader.roster()


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return each row with the line that it begins in."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RosterError(
            _("{path}：读不了（{strerror}）。", path=path, strerror=error.strerror)
        ) from error
    if len(data) > _LARGEST:
        raise RosterError(
            _(
                "{path}：超过 {most} MiB，不像一份名单。",
                path=path,
                most=_LARGEST // 1024 // 1024,
            )
        )
    text = _decoded(path, data)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    line = 1
    try:
        for cells in reader:
            rows.append((line, [cell.strip() for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise RosterError(
            _(
                "{path} 第 {line} 行：引号没有成对（{error}）。名字里有引号的时候，整格用双引号包起来，里面的双引号写两遍。",
                path=path,
                line=line,
                error=error,
            )
        ) from error
    return rows


def _decoded(path: Path, data: bytes) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise RosterError(
        _("{path}：不是文字。请在表格软件里另存为“CSV UTF-8（逗号分隔）”。", path=path)
    )


def _columns(path: Path, header: tuple[int, list[str]]) -> dict[str, int]:
    """Return where each column stands."""
    line, cells = header
    columns = {alias: column for column, aliases in _ALIASES.items() for alias in aliases}
    positions: dict[str, int] = {}
    faults = []
    for position, cell in enumerate(cells):
        column = columns.get(cell.lower())
        if column is None:
            if cell:
                faults.append(
                    _(
                        "{path} 第 {line} 行第 {position} 列：不认识列名 {cell!r}。",
                        path=path,
                        line=line,
                        position=position + 1,
                        cell=cell,
                    )
                )
        elif column in positions:
            faults.append(
                _(
                    "{path} 第 {line} 行第 {position} 列：列名 {column} 写了两次。",
                    path=path,
                    line=line,
                    position=position + 1,
                    column=_(column),
                )
            )
        else:
            positions[column] = position
    missing = [column for column in COLUMNS if column not in positions]
    if missing:
        faults.append(
            _(
                "{path} 第 {line} 行：缺少列 {missing}。第一行要写列名：{columns}，可以再加 {optional}。",
                path=path,
                line=line,
                missing=_("、").join(map(_, missing)),
                columns=_("、").join(map(_, COLUMNS)),
                optional=_("、").join(map(_, OPTIONAL)),
            )
        )
    if faults:
        raise RosterError("\n".join(faults))
    return positions


class _Reader:
    """Takes row after row, and keeps what is wrong until the end."""

    def __init__(self, path: Path, positions: dict[str, int]) -> None:
        self._path = path
        self._positions = positions
        self._rows: list[tuple[int, dict[str, str]]] = []
        self._faults: list[str] = []
        self._remarks: list[str] = []
        self._empty: list[int] = []

    def take(self, line: int, cells: list[str]) -> None:
        """Check one row by itself."""
        if not any(cells):
            self._empty.append(line)
            return
        # What spreadsheets leave at the end is nobody's; what stands between students is worth a word.
        self._remarks += [
            _("{path} 第 {line} 行：空行，跳过了。", path=self._path, line=empty)
            for empty in self._empty
        ]
        self._empty.clear()
        row = {
            column: cells[position] if position < len(cells) else ""
            for column, position in self._positions.items()
        }
        for position, cell in enumerate(cells):
            if (
                cell
                and position >= len(self._positions)
                and position not in self._positions.values()
            ):
                self._fault(line, position, _("多出来一格 {cell!r}，上面没有列名", cell=cell))
        for column, check in (
            ("学号", _wrong_number),
            ("姓名", _wrong_text),
            ("班级", _wrong_text),
            ("座位", _wrong_seat),
            ("公钥", _wrong_key),
        ):
            if column in self._positions:
                self._verify(line, column, row[column], check)
        if re.search(r"[\s\"'“”‘’]", row["姓名"]):
            self._remark(line, "姓名", _("{name!r} 里有空格或引号，照原样用", name=row["姓名"]))
        self._rows.append((line, row))

    def roster(self) -> Roster:
        """Return the class, once rows have been compared with each other and seats been given."""
        if not self._rows and not self._faults:
            self._faults.append(_("{path}：名单里没有学生。", path=self._path))
        self._compare("学号")
        self._compare("座位")
        if self._faults:
            raise RosterError("\n".join(self._faults))
        taken = {row.get("座位", "").lower() for _, row in self._rows}
        free = (name for count in range(1, 10000) if (name := f"seat{count:02d}") not in taken)
        students = tuple(
            Student(
                number=row["学号"],
                name=row["姓名"],
                group=row["班级"],
                seat=row.get("座位", "").lower() or next(free),
                key=row.get("公钥", ""),
                line=line,
            )
            for line, row in self._rows
        )
        return Roster(students, tuple(self._remarks))

    def _verify(self, line: int, column: str, cell: str, check: Callable[[str], str]) -> None:
        if cell.startswith(FORMULA):
            wrong = _("{cell!r} 像一个公式。名单里只写值，公式不会算，也不会执行", cell=cell)
        elif unseen := [letter for letter in cell if unicodedata.category(letter) in _UNSEEN]:
            wrong = _(
                "格子里有换行或看不见的字符（U+{code:04X}）：请重新打一遍", code=ord(unseen[0])
            )
        else:
            wrong = check(cell)
        if wrong:
            self._fault(line, self._positions[column], f"{_(column)} {wrong}")

    def _compare(self, column: str) -> None:
        first: dict[str, int] = {}
        for line, row in self._rows:
            cell = row.get(column, "").lower()
            if cell and cell in first:
                what = _("学号重复") if column == "学号" else _("两个学生坐在同一个座位")
                self._fault(
                    line,
                    self._positions[column],
                    _(
                        "{what}：{cell}，第 {first} 行已经有了",
                        what=what,
                        cell=cell,
                        first=first[cell],
                    ),
                )
            first.setdefault(cell, line)

    def _fault(self, line: int, position: int, text: str) -> None:
        self._faults.append(self._placed(line, position, text))

    def _remark(self, line: int, column: str, text: str) -> None:
        self._remarks.append(self._placed(line, self._positions[column], text))

    def _placed(self, line: int, position: int, text: str) -> str:
        """Return a text behind the file, line and column that it is about."""
        return _(
            "{path} 第 {line} 行第 {position} 列：{text}。",
            path=self._path,
            line=line,
            position=position + 1,
            text=text,
        )


def is_number(text: str) -> bool:
    """Say whether a text can be a student's number."""
    return _NUMBER.fullmatch(text) is not None


def _wrong_number(cell: str) -> str:
    if not cell:
        return _("是空的")
    if _SCIENTIFIC.fullmatch(cell):
        return _("{cell!r} 被表格软件改成了科学计数法：把这一列的格式设成“文本”，重新填", cell=cell)
    if not _NUMBER.fullmatch(cell):
        return _("{cell!r} 只能有字母、数字、- 和 _，最多 32 个", cell=cell)
    return ""


def _wrong_text(cell: str) -> str:
    if not cell:
        return _("是空的")
    return _("超过 {most} 个字", most=_LONGEST) if len(cell) > _LONGEST else ""


def _wrong_seat(cell: str) -> str:
    seat = cell.lower()
    if seat and not _SEAT.fullmatch(seat):
        return _("{cell!r} 不是主机名：只能有字母、数字、- 和 .，例如 seat07", cell=cell)
    if seat and not re.search("[a-z]", seat):
        return _(
            "{cell!r} 是数字或地址，不是名字：这里写名字，例如 seat07；地址写进 hosts.yml",
            cell=cell,
        )
    if seat in _TAKEN:
        return _("{cell!r} 这个名字另有用处：请换一个，例如 seat07", cell=cell)
    return ""


def _wrong_key(cell: str) -> str:
    """Say what is wrong with a public key; its own first field repeats the type (RFC 4253, section 6.6)."""
    if not cell:
        return ""
    match = _KEY.fullmatch(cell)
    if match is None:
        return _("不是 OpenSSH 公钥：应该像 ssh-ed25519 AAAA… 名字（.pub 文件里的那一行）")
    try:
        blob = base64.b64decode(match[2], validate=True)
    except binascii.Error:
        return _("的公钥不完整，请重新复制 .pub 文件里的那一行")
    size = int.from_bytes(blob[:4], "big")
    if blob[4 : 4 + size] != match[1].encode():
        return _("的公钥不完整，请重新复制 .pub 文件里的那一行")
    return ""
