"""Doing an exercise by its front door: hints, the solution."""

from __future__ import annotations

import pathlib

import pexpect
import pytest

from tests.support.lab_course import Course
from tests.support.terminal import ESCAPES

HINTS = ("要写哪个数？", "它比 41 大一点。", "写上 42：")


@pytest.fixture
def course(tmp_path: pathlib.Path) -> Course:
    """Two labs with an exercise, one without."""
    course = Course(tmp_path)
    course.exercise("4.1", one="print(1)")
    course.exercise("4.2")
    course.lab("4.3", one="print(3)")
    return course


def rest(child: pexpect.spawn[str]) -> str:
    """What a terminal shows until its program has ended."""
    child.expect(pexpect.EOF)
    child.close()
    assert isinstance(child.before, str)
    return child.before.replace("\r\n", "\n")


def test_hints_come_one_at_a_time(course: Course) -> None:
    """Each says which of three it is; the others stay hidden."""
    for count, hint in enumerate(HINTS, 1):
        done = course.run("hint", "4.1")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"提示 {count}/3\n  {hint}" in done.stdout
        assert not [other for other in HINTS if other != hint and other in done.stdout]
        assert ("lab solution 4.1" in done.stdout) == (count == 3)


def test_all_hints_again_after_the_third(course: Course) -> None:
    """And the way to the solution; what is code stays on lines of its own."""
    for _ in range(3):
        course.run("hint", "4.1")
    for _ in range(2):
        text = course.run("hint", "4.1").stdout
        assert [text.index(hint) for hint in HINTS] == sorted(text.index(hint) for hint in HINTS)
        assert "\n  echo 42 > answer.txt\n" in text
        assert "lab solution 4.1" in text


def test_hints_are_counted_for_each_lab(course: Course) -> None:
    """Asking here gives nothing away there, and asking is not yet starting."""
    course.run("hint", "4.1")
    assert "提示 1/3" in course.run("hint", "4.2").stdout
    assert course.progress("4.1")["hints"] == 1
    assert course.states()["4.1"] == "new"
    assert "lab start 4.1" in course.run("hint", "4.1").stdout


def test_hint_is_given_when_nothing_can_be_kept(course: Course) -> None:
    """A full disk is no reason to leave a student alone."""
    (course.home / ".local").write_text("", "utf-8")
    done = course.run("hint", "4.1")
    assert (done.returncode, HINTS[0] in done.stdout) == (0, True)
    assert done.stderr.startswith("lab：")


@pytest.mark.parametrize("verb", ["hint", "solution"])
def test_lab_without_exercise_says_so(course: Course, verb: str) -> None:
    """With the way to what there is."""
    done = course.run(verb, "4.3")
    assert (done.returncode, done.stderr) == (0, "")
    assert "实验 4.3 没有练习" in done.stdout
    assert "lab show 4.3" in done.stdout


def test_solution_wants_a_yes_outside_a_terminal(course: Course) -> None:
    """Nothing is shown by accident."""
    done = course.run("solution", "4.1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--yes" in done.stderr


def test_solution_is_whole_and_plain_outside_a_terminal(course: Course) -> None:
    """Every file with its name."""
    done = course.run("solution", "4.1", "--yes")
    assert done.returncode == 0
    assert done.stdout == "==> answer.txt <==\n42\n\n==> count.py <==\nprint(40 + 2)  # 加一加\n"


@pytest.mark.parametrize("answer", ["是", "y", "Yes", "ｙ", " yes "])
def test_solution_is_shown_to_who_agrees(course: Course, answer: str) -> None:
    """With colour."""
    child = course.terminal("solution", "4.1")
    child.expect("（是/否）")
    child.sendline(answer)
    shown = rest(child)
    assert "==> count.py <==" in shown
    assert "\x1b[" in shown
    assert child.exitstatus == 0


@pytest.mark.parametrize("answer", ["否", "", "n", "不是", "\x04"])
def test_solution_stays_hidden_from_who_does_not(course: Course, answer: str) -> None:
    """Anything but a clear yes is a no, the end of the input too."""
    child = course.terminal("solution", "4.1")
    child.expect("（是/否）")
    child.send(answer if answer == "\x04" else f"{answer}\n")
    shown = rest(child)
    assert "count.py" not in shown
    assert "lab hint 4.1" in shown
    assert child.exitstatus == 1


def test_solution_in_a_terminal_without_colour(course: Course) -> None:
    """As it stands."""
    shown = rest(course.terminal("solution", "4.1", "--yes", TERM="dumb"))
    assert "print(40 + 2)  # 加一加" in shown
    assert "\x1b" not in shown


def test_colour_loses_nothing(course: Course) -> None:
    """Lines are not broken, filled up or cut, however narrow the terminal is, so that they can be copied."""
    program = f'print("{"很长" * 40}")\nif 1:\n    print( 2 )\n\n'
    (course.labfiles / "4/4.1/solution/count.py").write_text(program, "utf-8")
    shown = rest(course.terminal("solution", "4.1", "--yes", columns=40))
    assert ESCAPES.sub("", shown).partition("count.py <==\n")[2] == program


def test_steps_are_told_from_files(course: Course) -> None:
    """A shell lab's solution is what to type."""
    (course.labfiles / "4/4.1/solution/steps.sh").write_text("echo 42 > answer.txt\n", "utf-8")
    assert "steps.sh <==  在终端里" in course.run("solution", "4.1", "--yes").stdout


def test_solution_that_cannot_be_read_is_the_releases_fault(course: Course) -> None:
    """Exit code 3, and which folder."""
    (course.labfiles / "4/4.1/solution/answer.txt").write_bytes(b"\xff\xfe")
    done = course.run("solution", "4.1", "--yes")
    assert (done.returncode, "4.1/solution" in done.stderr) == (3, True)
