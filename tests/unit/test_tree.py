"""House rules of the tree: what every file here has to keep to, whoever adds it."""

from __future__ import annotations

import functools
import pathlib
import re
import subprocess

import pytest

from host.paths import ROOT
from tests.support import labfiles

# Registries are named by the tools that use them, and by nobody else; mirrors are settings.
REGISTRIES = re.compile(
    r"\b(?:deb\.debian\.org|(?:archive|security|ports)\.ubuntu\.com|(?:security|snapshot)\.debian"
    r"\.org|pypi\.org|files\.pythonhosted\.org|registry-1\.docker\.io|galaxy\.ansible\.com"
    r"|vagrantcloud\.com|app\.vagrantup\.com)"
)
BINARY = {".jpg", ".jpeg", ".png", ".ico", ".zip", ".gz", ".bz2", ".whl"}
COMMENTED = {".py", ".sh", ".yml", ".yaml", ".rb", ".toml", ".cfg"}
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


@functools.cache
def files() -> tuple[pathlib.Path, ...]:
    """All files that git knows, or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    paths = (ROOT / name.decode() for name in names if name)
    return tuple(sorted(path for path in paths if path.is_file()))


@functools.cache
def texts() -> dict[pathlib.Path, str]:
    """Those that hold text."""
    found = (path for path in files() if path.suffix not in BINARY)
    return {path: path.read_bytes().decode("utf-8") for path in found}


def named(paths: list[pathlib.Path]) -> list[str]:
    """For a message."""
    return [str(path.relative_to(ROOT)) for path in paths]


def test_no_carriage_returns() -> None:
    """Shells and interpreters on the machine choke on them."""
    assert not named([path for path, text in texts().items() if "\r\n" in text])


def test_text_ends_with_a_newline() -> None:
    """So that two files joined are two files' lines."""
    assert not named([path for path, text in texts().items() if text and text[-1] != "\n"])


def test_no_registry_is_named() -> None:
    """Where packages come from is a setting or the distribution's own business."""
    assert not named([path for path, text in texts().items() if REGISTRIES.search(text)])


@pytest.mark.parametrize("suffix", sorted(COMMENTED))
def test_file_opens_with_its_purpose(suffix: str) -> None:
    """One sentence on what it is for."""
    silent = []
    for path, text in texts().items():
        within = path.relative_to(ROOT).parts
        if path.suffix != suffix or not text.strip():
            continue
        if within[0] == "labfiles" and suffix == ".toml":
            continue  # `title` and `summary` say it.
        lines = [line for line in text.splitlines() if line.strip() not in ("", "---")]
        first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        opening = r'#|[rb]?"""\S' if suffix == ".py" else "#"
        if not re.match(opening, first):
            silent.append(path)
    assert not named(silent)


@pytest.mark.parametrize(
    "path", [path for path in files() if path.suffix == ".md"], ids=lambda p: str(p.name)
)
def test_links_of_document_resolve(path: pathlib.Path) -> None:
    """A link to a file of the tree leads to it."""
    text = re.sub(r"```.*?```", "", texts()[path], flags=re.S)
    missing = []
    for link in (first or second for first, second in LINK.findall(text)):
        if re.match(r"[a-z]+:|#", link):
            continue
        if not (path.parent / link.partition("#")[0]).exists():
            missing.append(link)
    assert not missing


def named_places() -> list[str]:
    """The folders and files that the contributor's table sends to, with `*` for what one chooses oneself."""
    table = texts()[ROOT / "CONTRIBUTING.md"].partition("| change |")[2]
    return [re.sub("<[a-z]+>", "*", name) for name in re.findall(r"`(\w[^` ]*/[^` ]*)`", table)]


@pytest.mark.parametrize("place", named_places())
def test_contributors_are_sent_to_what_exists(place: str) -> None:
    """A file, or some file of that kind."""
    assert any(path.match(place) for path in files()) or (ROOT / place).is_dir()


def test_contributors_are_sent_somewhere() -> None:
    """The table is found."""
    assert named_places()


@pytest.mark.parametrize("lab", labfiles.labs(), ids=lambda lab: lab.id)
def test_lab_is_whole(lab: labfiles.Lab) -> None:
    """A guide, every example that it names, and no stray file among them."""
    assert (lab.path / "guide.md").is_file()
    named_examples = {example.path for example in lab.examples}
    assert not {path for path in named_examples if not path.is_file()}
    folder = lab.path / "examples"
    programs = {path for path in folder.glob("*") if path.suffix in (".py", ".sh")}
    imported = {
        path
        for path in programs - named_examples
        if any(
            re.search(rf"\b{re.escape(path.stem)}\b", other.read_text("utf-8"))
            for other in programs - {path}
        )
    }
    assert not named(sorted(programs - named_examples - imported))


LAB_PARTS = {
    "lab.toml",
    "guide.md",
    "examples",
    "starter",
    "solution",
    "check.py",
    "background",
}


@pytest.mark.parametrize("lab", labfiles.labs(), ids=lambda lab: lab.id)
def test_lab_holds_nothing_else(lab: labfiles.Lab) -> None:
    """A file that no part of a lab explains is forgotten, or left over."""
    known = (path for path in files() if path.is_relative_to(lab.path))
    assert {path.relative_to(lab.path).parts[0] for path in known} <= LAB_PARTS


@pytest.mark.parametrize("exercise", labfiles.exercises(), ids=lambda exercise: exercise.lab)
def test_exercise_is_whole(exercise: labfiles.Exercise) -> None:
    """What is given has gaps and the names of what solves it; each mistake changes the solution."""
    solved = exercise.solved()
    starters = {
        str(path.relative_to(exercise.starter)): path.read_text("utf-8")
        for path in files()
        if path.is_relative_to(exercise.starter) and path.suffix not in BINARY
    }
    programs = {name for name in solved if name != "steps.sh"}
    assert programs <= set(starters), "a solution that no starter leads to"
    assert all("TODO" in starters[name] for name in programs)
    assert not [name for name, text in solved.items() if "TODO" in text]
    for variant in (*exercise.variants, *exercise.accepted):
        assert variant.apply(solved) != solved, variant.name


@pytest.mark.parametrize("lab", labfiles.labs(), ids=lambda lab: lab.id)
def test_every_example_is_proven(lab: labfiles.Lab) -> None:
    """Without `shows` an example that prints nothing would pass."""
    assert not [example.name for example in lab.examples if not example.shows]


def test_chapters_have_labs() -> None:
    """A folder with a title and nothing in it is a promise not kept."""
    assert {lab.chapter for lab in labfiles.labs()} == set(labfiles.chapters())


def test_lab_stands_in_its_chapter() -> None:
    """4.1.2 under 4."""
    assert not [lab.id for lab in labfiles.labs() if lab.id.split(".")[0] != lab.chapter]
