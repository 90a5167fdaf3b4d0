"""The labs of this checkout as the tests see them: found by looking, never listed."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import sys
from collections.abc import Iterable
from typing import Any

from host.paths import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LABFILES = ROOT / "labfiles"


@dataclasses.dataclass(frozen=True)
class Example:
    """One program of a lab, with what `lab.toml` promises about it."""

    lab: str
    chapter: str
    name: str
    path: pathlib.Path
    first: bool
    port: int | None = None
    needs: str | None = None
    sudo: bool = False
    stdin: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    seconds: float = 20

    @property
    def key(self) -> str:
        """The name that `lab run` takes."""
        return f"{self.lab}:{self.name}"

    @property
    def uses_multiprocessing(self) -> bool:
        """Whether the way in which Python starts processes can make a difference."""
        sources = self.path.parent.glob("*.py")
        return any("multiprocessing" in source.read_text("utf-8") for source in sources)


@dataclasses.dataclass(frozen=True)
class Variant:
    """The solution changed by replacing text: with one mistake and its message, or right in another shape, without one."""

    name: str
    file: str
    replace: tuple[tuple[str, str], ...]
    message: str

    def apply(self, files: dict[str, str]) -> dict[str, str]:
        """The solution's files, changed."""
        text = files[self.file]
        for old, new in self.replace:
            assert text.count(old) == 1, f"{self.name}: {old!r} stands {text.count(old)} times"
            text = text.replace(old, new)
        return {**files, self.file: text}


@dataclasses.dataclass(frozen=True)
class Exercise:
    """What a lab asks for, as files: what the student gets, what solves it, and how it goes wrong."""

    lab: str
    starter: pathlib.Path
    solution: pathlib.Path
    seconds: float
    seat: bool
    variants: tuple[Variant, ...]
    accepted: tuple[Variant, ...]

    def solved(self) -> dict[str, str]:
        """The solution's files by name."""
        return {
            str(path.relative_to(self.solution)): path.read_text("utf-8")
            for path in sorted(self.solution.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }


@dataclasses.dataclass(frozen=True)
class Lab:
    """A lab folder."""

    id: str
    chapter: str
    title: str
    path: pathlib.Path
    examples: tuple[Example, ...]
    exercise: Exercise | None


def read(path: pathlib.Path) -> dict[str, Any]:
    """A TOML file."""
    return tomllib.loads(path.read_text("utf-8"))


def number(name: str) -> tuple[int, ...]:
    """Sorts 4.2.10 behind 4.2.9."""
    return tuple(int(part) for part in re.findall(r"\d+", name))


def chapters() -> dict[str, str]:
    """Titles by chapter, in order."""
    found = LABFILES.glob("*/chapter.toml")
    ordered = sorted(found, key=lambda path: number(path.parent.name))
    return {path.parent.name: read(path)["title"] for path in ordered}


def load(folder: pathlib.Path) -> Lab:
    """One lab folder."""
    data = read(folder / "lab.toml")
    chapter = folder.parent.name
    examples = tuple(
        Example(
            lab=folder.name,
            chapter=chapter,
            name=entry["name"],
            path=folder / "examples" / entry["file"],
            first=index == 0,
            port=entry.get("port"),
            needs=entry.get("needs"),
            sudo=entry.get("sudo", False),
            stdin=tuple(entry.get("stdin", ())),
            shows=tuple(entry.get("shows", ())),
            seconds=entry.get("seconds", 20),
        )
        for index, entry in enumerate(data.get("examples", ()))
    )
    return Lab(folder.name, chapter, data["title"], folder, examples, load_exercise(folder, data))


def load_exercise(folder: pathlib.Path, data: dict[str, Any]) -> Exercise | None:
    """The exercise of a lab folder, if it has one."""
    if "exercise" not in data:
        return None
    entry = data["exercise"]
    variants, accepted = (
        tuple(
            Variant(
                name=variant["name"],
                file=variant["file"],
                replace=tuple((old, new) for old, new in variant["replace"]),
                message=variant.get("message", ""),
            )
            for variant in entry.get(kind, ())
        )
        for kind in ("variants", "accepted")
    )
    return Exercise(
        lab=folder.name,
        starter=folder / "starter",
        solution=folder / "solution",
        seconds=entry.get("seconds", 120),
        seat=entry.get("seat", False),
        variants=variants,
        accepted=accepted,
    )


def labs() -> list[Lab]:
    """Every lab of the tree, in the course's order."""
    found = (path.parent for path in LABFILES.glob("*/*/lab.toml"))
    return [load(folder) for folder in sorted(found, key=lambda folder: number(folder.name))]


def examples() -> list[Example]:
    """Every example of every lab."""
    return [example for lab in labs() for example in lab.examples]


def exercises() -> list[Exercise]:
    """Every exercise."""
    return [lab.exercise for lab in labs() if lab.exercise]


def exercise(lab: str) -> Exercise:
    """One that tests name; who renames its lab has to say here which one takes its place."""
    found = {exercise.lab: exercise for exercise in exercises()}
    assert lab in found, f"tests use the exercise of lab {lab}, which is gone"
    return found[lab]


def is_about(lab: str, parameters: Iterable[object]) -> bool:
    """Whether a test with these parameters is about one lab."""
    return any(
        (isinstance(one, Lab) and one.id == lab)
        or (isinstance(one, Exercise | Example) and one.lab == lab)
        for one in parameters
    )


def needs_a_seat(lab: str) -> bool:
    """Whether only a seat can prove a lab: it changes or looks at the machine itself, or asks for the password."""
    (found,) = [each for each in labs() if each.id == lab]
    return bool(found.exercise and found.exercise.seat) or any(e.sudo for e in found.examples)


def servers() -> dict[str, Example]:
    """Server examples by the name that unit and command share: `5.3.2`, `6.2:thread`."""
    found = {}
    for lab in labs():
        servers = [example for example in lab.examples if example.port]
        for example in servers:
            alone = len(servers) == 1 and example.first
            found[lab.id if alone else example.key] = example
    return found
