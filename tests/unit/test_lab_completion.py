"""What the tab key completes, as bash asks for it."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from lab import parser, verbs
from tests.support.lab_course import Course


@pytest.fixture
def course(tmp_path: pathlib.Path) -> Course:
    """Two chapters; two labs whose ids begin alike."""
    course = Course(tmp_path)
    course.lab("4.1.1", one="print(1)", other="print(2)")
    course.lab("4.1.10", two="print(3)")
    course.lab("6.2", process="print(4)", thread="print(5)")
    course.lab("6.4")
    (course.home / "folder").mkdir()
    (course.home / "file").touch()
    return course


def completed(course: Course, line: str) -> list[str]:
    """What bash is told for a line with the cursor at its end."""
    answer = course.home.parent / "answer"
    environ = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_SHELL": "bash",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "_ARGCOMPLETE_COMP_WORDBREAKS": " \t\n\"'><=;|&(:",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "COMP_TYPE": "9",
    }
    done = course.run(environ=environ)
    assert done.stdout == ""
    text = answer.read_text("utf-8")
    return text.split("\v") if text else []


VERBS = [verb for verb in verbs.names() if verb != "completion"]
LINES = {
    "lab ": VERBS,
    "lab s": ["show", "start", "solution", "sync"],
    "lab sol": ["solution"],
    "lab show ": ["4.1.1", "4.1.10", "6.2", "6.4"],
    "lab check 4.1": ["4.1.1", "4.1.10"],
    "lab hint 6": ["6.2", "6.4"],
    "lab show 9": [],
    "lab show 6.2 ": [],
    "lab run 6": ["6.2", "6.4"],
    "lab run 6.2 ": ["process", "thread"],
    "lab run 6.2 t": ["thread"],
    "lab run 6.2:": ["process", "thread"],
    "lab run 6.2:p": ["process"],
    "lab run 9.9 ": [],
    "lab run 9.9:": [],
    "lab list ": ["4", "6"],
    "lab list 4 ": [],
    "lab list --": ["--help", "--json"],
    "lab check 6.2 --": ["--help", "--json", "--watch"],
    "lab check --json --": ["--help", "--json"],
    "lab solution 6.2 --y": ["--yes"],
    "lab sync --from f": ["folder/"],
    "lab sync --from ~/f": ["~/folder/"],
    "lab sync --from /nowhere/f": [],
    "lab 4": [],
}


@pytest.mark.parametrize("line", LINES)
def test_line(course: Course, line: str) -> None:
    """Verbs, options, ids, examples, chapters, folders: each where it may stand."""
    assert sorted(completed(course, line)) == sorted(LINES[line])


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_completes_its_ids(course: Course, verb: str) -> None:
    """Also one that comes later."""
    if any(action.dest == "id" for action in parser.command().verbs()[verb]._actions):
        assert "6.2" in completed(course, f"lab {verb} ")
    else:
        assert verb == "list"


def test_broken_lab_breaks_no_other(course: Course) -> None:
    """Its own examples are not completed; nothing is printed in the middle of a line."""
    (course.labfiles / "6/6.2/lab.toml").write_text("broken", "utf-8")
    assert completed(course, "lab run 6.2 ") == []
    assert completed(course, "lab run 6.") == ["6.2", "6.4"]


def test_bash_understands_the_code(course: Course) -> None:
    """And knows then whom to ask."""
    code = course.run("completion").stdout
    done = subprocess.run(
        ["bash", "-c", 'eval "$1"; complete -p lab', "bash", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.endswith("-F _python_argcomplete lab\n")
    assert "default" not in done.stdout


def test_verb_is_not_listed(course: Course) -> None:
    """Bash asks for it, people seldom; it has a help of its own."""
    assert "completion" not in course.run("--help").stdout
    assert "lab completion" in course.run("completion", "--help").stdout


def test_library_is_loaded_for_it_alone(course: Course) -> None:
    """It would slow down every start."""
    code = "import sys; sys.modules['argcomplete'] = None; from lab.cli import main; sys.exit(main(sys.argv[1:]))"
    for words in ([], ["list"], ["--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            env=course.environ(),
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
