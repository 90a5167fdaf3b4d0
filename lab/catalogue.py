"""The course as `labfiles/` holds it: chapters, labs and examples, each file checked when it is read."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from lab import paths
from lab.errors import BrokenError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Mapping

ID = re.compile(r"[1-7](\.\d+)*", re.ASCII)
_SECONDS = 120


class Example(NamedTuple):
    """One program of a lab."""

    lab: str
    name: str
    file: str
    path: str
    summary: str
    port: int | None
    needs: str | None
    sudo: bool
    args: tuple[str, ...]
    shows: tuple[str, ...]


class Exercise(NamedTuple):
    """A lab's exercise: the task, how many seconds its check may take, whether it needs the student's own machine, hints."""

    task: str
    seconds: float
    seat: bool
    hints: tuple[str, ...]


class Lab(NamedTuple):
    """A lab folder."""

    id: str
    chapter: str
    title: str
    folder: str
    examples: tuple[Example, ...]
    exercise: Exercise | None

    @property
    def check(self) -> str:
        """The path of the program that checks the exercise."""
        return os.path.join(self.folder, "check.py")

    @property
    def solution(self) -> str:
        """The folder of the solution."""
        return os.path.join(self.folder, "solution")

    @property
    def guide(self) -> str:
        """The path of the guide."""
        return os.path.join(self.folder, "guide.md")

    def example(self, name: str) -> Example | None:
        """Return the example of that name."""
        return next((example for example in self.examples if example.name == name), None)


class Chapter(NamedTuple):
    """A chapter and its labs, in the course's order."""

    id: str
    title: str
    labs: tuple[Lab, ...]


def number(name: str) -> tuple[int, ...]:
    """Return what sorts 4.2.10 behind 4.2.9."""
    return tuple(int(part) for part in name.split("."))


def chapter_ids() -> list[str]:
    """Return the chapters' numbers, read from folder names alone. Raises BrokenError."""
    return _numbered(paths.labfiles())


def lab_ids() -> list[str]:
    """Return every lab's id, read from folder names alone. Raises BrokenError."""
    root = paths.labfiles()
    return [name for chapter in _numbered(root) for name in _numbered(os.path.join(root, chapter))]


def titles() -> dict[str, str]:
    """Return the chapters' titles by number; their labs are not read. Raises BrokenError."""
    root = paths.labfiles()
    return {name: _heading(root, name)["title"] for name in chapter_ids()}


def chapters() -> list[Chapter]:
    """Read the whole course. Raises BrokenError."""
    root = paths.labfiles()
    found = [_chapter(root, name) for name in chapter_ids()]
    labs = {lab.id: lab for chapter in found for lab in chapter.labs}
    for lab in labs.values():
        _check_needs(lab, labs)
    return found


def lab(wanted: str) -> Lab:
    """Read one lab, whatever faults other labs' files have. Raises WrongUseError for an unknown id, and BrokenError."""
    if wanted not in lab_ids():
        raise WrongUseError(_unknown(wanted))
    found = _lab(paths.labfiles(), wanted.partition(".")[0], wanted)
    needed = {example.needs.partition(":")[0] for example in found.examples if example.needs}
    others = {name: _lab(paths.labfiles(), name[0], name) for name in needed if name in lab_ids()}
    _check_needs(found, {**others, wanted: found})
    return found


def _numbered(folder: str) -> list[str]:
    """Return the subfolders in order; any that is no number of the course is a fault."""
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.is_dir() and e.name[0] not in "._"]
    except OSError as error:
        raise BrokenError(f"读不到课程文件 {folder}（{error.strerror}）。") from error
    for name in names:
        if not ID.fullmatch(name):
            raise BrokenError(
                f"{os.path.join(folder, name)}：文件夹的名字不是编号（像 4 或 4.1.2）。"
            )
    return sorted(names, key=number)


def _chapter(root: str, name: str) -> Chapter:
    data = _heading(root, name)
    labs = tuple(_lab(root, name, entry) for entry in _numbered(os.path.join(root, name)))
    return Chapter(name, data["title"], labs)


def _heading(root: str, chapter: str) -> dict[str, Any]:
    return _read(os.path.join(root, chapter, "chapter.toml"), "chapter")


def _lab(root: str, chapter: str, name: str) -> Lab:
    folder = os.path.join(root, chapter, name)
    path = os.path.join(folder, "lab.toml")
    if name.partition(".")[0] != chapter:
        raise BrokenError(f"{folder}：实验 {name} 不该放在第 {chapter} 章的文件夹里。")
    data = _read(path, "lab")
    examples: list[Example] = []
    for index, entry in enumerate(data.get("examples", ())):
        field = f"examples[{index}]"
        program = os.path.join(folder, "examples", entry["file"])
        if not os.path.isfile(program):
            raise BrokenError(f"{path}：{field}.file 说的 examples/{entry['file']} 不存在。")
        if any(example.name == entry["name"] for example in examples):
            raise BrokenError(f"{path}：{field}.name 的 {entry['name']} 已经用过了。")
        example = Example(
            lab=name,
            name=entry["name"],
            file=entry["file"],
            path=program,
            summary=entry["summary"],
            port=entry.get("port"),
            needs=entry.get("needs"),
            sudo=entry.get("sudo", False),
            args=tuple(entry.get("args", ())),
            shows=tuple(entry["shows"]),
        )
        examples.append(example)
    if not os.path.isfile(os.path.join(folder, "guide.md")):
        raise BrokenError(f"{os.path.join(folder, 'guide.md')}：文件不存在。")
    return Lab(
        name,
        chapter,
        data["title"],
        folder,
        tuple(examples),
        _exercise(path, folder, data.get("exercise")),
    )


def _exercise(path: str, folder: str, data: dict[str, Any] | None) -> Exercise | None:
    """Read what `[exercise]` says; the table and its files belong together."""
    for place in ("check.py", "solution"):
        there = os.path.exists(os.path.join(folder, place))
        if there and data is None:
            raise BrokenError(f"{path}：有 {place}，却缺少 exercise。")
        if data is not None and not there:
            raise BrokenError(f"{path}：有 exercise，却没有 {place}。")
    if data is None:
        return None
    for kind in ("variants", "accepted"):
        for index, variant in enumerate(data.get(kind, ())):
            if not os.path.isfile(os.path.join(folder, "solution", variant["file"])):
                raise BrokenError(
                    f"{path}：exercise.{kind}[{index}].file 说的 solution/{variant['file']} 不存在。"
                )
    return Exercise(
        data["task"], data.get("seconds", _SECONDS), data.get("seat", False), tuple(data["hints"])
    )


def _check_needs(lab: Lab, labs: Mapping[str, Lab]) -> None:
    for index, example in enumerate(lab.examples):
        if not example.needs:
            continue
        owner, _, name = example.needs.partition(":")
        needed = labs[owner].example(name) if owner in labs else None
        if needed is None or needed.port is None:
            path = os.path.join(lab.folder, "lab.toml")
            raise BrokenError(
                f"{path}：examples[{index}].needs 说的 {example.needs} 不是一个有端口的例子。"
            )


def _unknown(wanted: str) -> str:
    """Say that there is no such lab, and which one may be meant."""
    ids = lab_ids()
    inside = [name for name in ids if name.startswith(f"{wanted}.")]
    if inside:
        return f"{wanted} 不是一个实验，里面的实验是：{' '.join(inside)}。"
    import difflib

    near = difflib.get_close_matches(wanted, ids, n=len(ids), cutoff=0.5)
    if ID.fullmatch(wanted):
        near.sort(key=lambda name: _distance(number(wanted), number(name)))
    if near:
        return f"没有实验 {wanted}。你要找的是不是：{' '.join(near[:3])}？用 lab list 看全部实验。"
    return f"没有实验 {wanted}。用 lab list 看全部实验。"


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Return how far apart two ids are; their first numbers count most."""
    longest = max(len(one), len(other))
    padded = [ids + (0,) * (longest - len(ids)) for ids in (one, other)]
    return tuple(abs(a - b) for a, b in zip(*padded, strict=True))


def _read(path: str, schema: str) -> dict[str, Any]:
    from lab import metadata  # Late: `lab --help` does without.

    return metadata.read(path, schema)
