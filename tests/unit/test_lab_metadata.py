"""Metadata: what is wrong with a lab's files is said with file and field, and the real course has nothing wrong."""

from __future__ import annotations

import json
import pathlib
import re
import shutil

import pytest

from host.paths import ROOT
from lab import catalogue
from tests.support.lab_course import Course

SCHEMAS = ROOT / "lab/schema"


@pytest.fixture
def course(tmp_path: pathlib.Path) -> Course:
    """A server and a client that needs it."""
    course = Course(tmp_path)
    course.lab("5.1", toml="port = 8888\n", server="")
    course.lab("5.2", toml='needs = "5.1:server"\n', client="")
    return course


def test_good_metadata_is_read(course: Course) -> None:
    """Else every test below could pass for a wrong reason."""
    assert course.run("list").returncode == 0


WRONG = {
    "unknown key": ('colour = "red"\n', "examples[0].colour 是不认识的键"),
    "unknown key at the top": ("", "difficulty 是不认识的键"),
    "text for a number": ('seconds = "20"\n', "examples[0].seconds 现在是 '20'，应该是数"),
    "number for a text": ("stdin = [1]\n", "examples[0].stdin[0] 现在是 1，应该是文字"),
    "port out of range": ("port = 70000\n", "examples[0].port 现在是 70000，不能大于 65535"),
    "truth for a number": ("port = true\n", "examples[0].port 现在是 True，应该是整数"),
    "needs without an example": ('needs = "5.1"\n', "examples[0].needs 现在是 '5.1'，要符合"),
    "needs an unknown example": ('needs = "5.1:nobody"\n', "examples[0].needs 说的 5.1:nobody"),
    "needs an unknown lab": ('needs = "6.1:server"\n', "examples[0].needs 说的 6.1:server"),
    "needs no server": ('needs = "5.2:client"\n', "examples[0].needs 说的 5.2:client"),
    "no TOML": ("port == 1\n", "不是正确的 TOML"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("words", [("list",), ("show", "5.2"), ("run", "5.2")])
def test_fault_is_named(course: Course, name: str, words: tuple[str, ...]) -> None:
    """File and field, exit code 3."""
    extra, message = WRONG[name]
    path = course.labfiles / "5/5.2/lab.toml"
    text = path.read_text("utf-8").replace('needs = "5.1:server"\n', extra)
    if name == "unknown key at the top":
        text = "difficulty = 3\n" + text
    path.write_text(text, "utf-8")
    done = course.run(*words)
    assert (done.returncode, done.stdout) == (3, "")
    assert str(path) in done.stderr
    assert message in done.stderr


CHANGED = {
    "missing title": ('title = "题目5.2"\n', "", "缺少 title"),
    "empty summary": ('summary = "说明"\nm', 'summary = ""\nm', "summary 现在是 ''，不能是空的"),
    "long title": ("题目5.2", "长" * 41, "最多 40 个字"),
    "minutes too few": ("minutes = 10", "minutes = 4", "minutes 现在是 4，不能小于 5"),
    "missing shows": ('shows = ["."]\n', "", "缺少 examples[0].shows"),
    "empty shows": ('shows = ["."]', "shows = []", "examples[0].shows 现在是 []，至少要有 1 项"),
    "upper-case name": ('name = "client"', 'name = "Client"', "examples[0].name 现在是 'Client'"),
    "missing program": ("client.py", "gone.py", "examples[0].file 说的 examples/gone.py 不存在"),
    "program elsewhere": ("client.py", "../client.py", "examples[0].file 现在是 '../client.py'"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_fault_of_a_line_is_named(course: Course, name: str) -> None:
    """The same for what every lab must have."""
    old, new, message = CHANGED[name]
    path = course.labfiles / "5/5.2/lab.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    done = course.run("show", "5.2")
    assert (done.returncode, str(path) in done.stderr, message in done.stderr) == (3, True, True)


def test_example_names_are_unique(course: Course) -> None:
    """Else one of the two could never be run."""
    path = course.labfiles / "5/5.1/lab.toml"
    text = path.read_text("utf-8")
    path.write_text(text + text[text.index("\n[[examples]]") :], "utf-8")
    done = course.run("list")
    assert done.returncode == 3
    assert "examples[1].name 的 server 已经用过了" in done.stderr


@pytest.mark.parametrize("name", ["lab.toml", "guide.md"])
def test_missing_file_is_named(course: Course, name: str) -> None:
    """A folder without metadata is a lab that somebody forgot to finish."""
    path = course.labfiles / "5/5.2" / name
    path.unlink()
    done = course.run("list")
    assert (done.returncode, str(path) in done.stderr) == (3, True)


@pytest.mark.parametrize("place", ["5/6.1", "5/lab", "8", "5/5.x"])
def test_folder_has_its_place(course: Course, place: str) -> None:
    """A lab under another chapter, or a folder that is no number."""
    shutil.copytree(course.labfiles / "5/5.1", course.labfiles / place)
    done = course.run("list")
    assert (done.returncode, place in done.stderr) == (3, True)


def test_chapter_needs_its_title(course: Course) -> None:
    """The other schema is used as well."""
    path = course.labfiles / "5/chapter.toml"
    path.write_text('titel = "x"\nsummary = "x"\n', "utf-8")
    done = course.run("list")
    assert done.returncode == 3
    assert str(path) in done.stderr
    assert "缺少 title" in done.stderr or "titel" in done.stderr


def test_fault_elsewhere_does_not_stop_a_lab(course: Course) -> None:
    """A student can go on while one lab is broken."""
    course.lab("7.1", one="print('好')")
    (course.labfiles / "5/5.2/lab.toml").write_text("=", "utf-8")
    assert course.run("run", "7.1").stdout == "好\n"
    done = course.run()
    assert (done.returncode, "正在做：  7.1" in done.stdout) == (0, True)


def test_fault_of_the_next_lab_is_named(course: Course) -> None:
    """The overview reads no more than it names; that it reads with care."""
    path = course.labfiles / "5/5.1/lab.toml"
    path.write_text("=", "utf-8")
    done = course.run()
    assert (done.returncode, str(path) in done.stderr) == (3, True)


def test_no_course_at_all(course: Course) -> None:
    """The installation's fault, not the student's."""
    done = course.run("list", environ={"COURSEBOX_LABFILES": "/dev/null/labs"})
    assert (done.returncode, "/dev/null/labs" in done.stderr) == (3, True)


def test_real_course_is_right() -> None:
    """Every chapter and lab of this tree."""
    assert [chapter.id for chapter in catalogue.chapters()]


def test_real_patterns_are_right() -> None:
    """An expression that is no expression would fail only on a machine."""
    for chapter in catalogue.chapters():
        for lab in chapter.labs:
            for example in lab.examples:
                for pattern in example.shows:
                    re.compile(pattern, re.M)


def keys(schema: dict[str, object]) -> set[str]:
    """All property names, at any depth."""
    found: set[str] = set()
    for name, value in schema.items():
        if name == "properties" and isinstance(value, dict):
            found |= value.keys()
        if isinstance(value, dict):
            found |= keys(value)
    return found


@pytest.mark.parametrize("name", ["lab", "chapter"])
def test_every_key_is_documented(name: str) -> None:
    """Each in a row of its own."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    text = (ROOT / "docs/reference/lab-metadata.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \|", text, re.M))
    assert keys(schema) - rows == set()


def test_no_documented_key_is_unknown() -> None:
    """The page drifts in neither direction."""
    text = (ROOT / "docs/reference/lab-metadata.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \|", text, re.M))
    known = [json.loads(path.read_text("utf-8")) for path in SCHEMAS.glob("*.json")]
    assert rows - set().union(*map(keys, known)) == set()
