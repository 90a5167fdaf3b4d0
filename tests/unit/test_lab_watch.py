"""`lab check --watch`: one check after each save, however an editor saves, and a clean end by ctrl-c."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pexpect
import pytest

from tests.support.lab_course import CHECK, Course

AGAIN = "保存文件就会再检查一次"
# In whose destructors, run at SIGUSR1, what is raised is lost.
DESTRUCTOR = """
import signal, sys, time
from lab.cli import main

class Slow:
    def __del__(self):
        print("in a destructor", flush=True)
        time.sleep(2)

signal.signal(signal.SIGUSR1, lambda number, frame: Slow() and None)
sys.exit(main(["check", "4.1", "--watch"]))
"""
# A check that says that it runs, and waits as long as a file `hold` stands beside the work.
SLOW = CHECK.replace(
    '    work.step("有',
    """    import os, pathlib, time

    beside = pathlib.Path(work.folder).parent
    (beside / f"runs-{time.monotonic_ns()}").touch()
    while (beside / "hold").exists():
        time.sleep(0.01)
    work.step("有""",
)


@pytest.fixture
def course(tmp_path: pathlib.Path) -> Course:
    """An exercise that was started."""
    course = Course(tmp_path)
    course.exercise("4.1", SLOW)
    course.lab("4.2")
    assert course.run("start", "4.1").returncode == 0
    return course


@pytest.fixture
def watching(course: Course) -> Iterator[pexpect.spawn[str]]:
    """The command after its first check."""
    with course.terminal("check", "4.1", "--watch", columns=100) as child:
        child.expect(AGAIN)
        yield child


def checks(course: Course) -> int:
    """How many checks have begun."""
    return len(list((course.labs / "4.1").glob("runs-*")))


def expect_one_check(course: Course, watching: pexpect.spawn[str], save: Callable[[], None]) -> str:
    """Do something, and after it something else: exactly one check for each; return what the first showed."""
    before = checks(course)
    save()
    watching.expect(AGAIN)
    shown = watching.before
    course.work("4.1", "last.txt").write_text("完", "utf-8")
    watching.expect(r"last\.txt 有变化")
    watching.expect(AGAIN)
    assert checks(course) == before + 2
    assert isinstance(shown, str)
    return shown


def test_checks_at_once_and_after_a_save(course: Course, watching: pexpect.spawn[str]) -> None:
    """And tells which file it was."""
    assert "✗ 是 42" in str(watching.before)
    shown = expect_one_check(course, watching, lambda: os.truncate(course.work("4.1"), 0))
    assert re.search(r"\d\d:\d\d:\d\d  answer\.txt 有变化", shown)
    assert "✗ 是 42" in shown
    assert course.progress("4.1")["attempts"] == 3


# Ways in which editors and commands save; each ends with 42 in answer.txt.
WAYS = {
    "in place": "echo 42 > answer.txt",
    "vim, backup by renaming": "mv answer.txt answer.txt~; echo 42 > answer.txt; rm answer.txt~",
    "vim, probing the folder": "touch 4913; rm 4913; cp answer.txt a~; echo 42 > answer.txt; rm a~",
    "sed -i": "sed -i s/41/42/ answer.txt",
    "renamed over": "echo 42 > new; mv new answer.txt",
    "renamed over from elsewhere": "echo 42 > ../new; mv ../new answer.txt",
    "deleted and made anew": "rm answer.txt; echo 42 > answer.txt",
    "linked": "echo 42 > ../other; rm answer.txt; ln ../other answer.txt",
    "slowly": "for i in 1 2 3 4; do printf 4 > answer.txt; sleep 0.05; done; echo 42 > answer.txt",
    "in a burst": "for i in $(seq 30); do echo $i > answer.txt; done; echo 42 > answer.txt",
    "of the same size and time": "touch -r answer.txt ../old; echo 42 > answer.txt; touch -r ../old answer.txt",
    "emptied, then written": ": > answer.txt; sleep 0.05; echo 42 > answer.txt",
    "in many files": "for i in $(seq 30); do echo $i > f$i; done; echo 42 > answer.txt",
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_saving(course: Course, watching: pexpect.spawn[str], way: str) -> None:
    """One save, one check."""

    def save() -> None:
        subprocess.run(["bash", "-c", WAYS[way]], cwd=course.work("4.1").parent, check=True)

    assert "全部通过" in expect_one_check(course, watching, save)


OTHERS = {
    "a new folder with a file": "mkdir -p a/b; touch a/b/c",
    "a mode": "chmod 600 answer.txt",
    "a deleted file": "rm answer.txt",
    "a renamed file": "mv answer.txt b",
    "a link": "ln -s answer.txt l",
    "touched": "touch answer.txt",
}


@pytest.mark.parametrize("change", OTHERS)
def test_every_change_counts(course: Course, watching: pexpect.spawn[str], change: str) -> None:
    """Some labs are about folders, modes and links."""

    def save() -> None:
        subprocess.run(["bash", "-c", OTHERS[change]], cwd=course.work("4.1").parent, check=True)

    expect_one_check(course, watching, save)


def test_new_folders_are_watched_too(course: Course, watching: pexpect.spawn[str]) -> None:
    """What is saved in one that was made meanwhile is seen as well."""
    inner = course.work("4.1", "a/b")
    expect_one_check(course, watching, lambda: inner.mkdir(parents=True))
    (inner / "c").write_text("x", "utf-8")
    watching.expect(r"a/b/c 有变化")


def test_what_editors_keep_aside_is_no_save(course: Course, watching: pexpect.spawn[str]) -> None:
    """Opening a file in vim is not saving it, nor is reading it."""
    before = checks(course)
    for name in (".answer.txt.swp", ".answer.txt.swo", "answer.txt~", ".#answer.txt", "#answer#"):
        course.work("4.1", name).write_text("x", "utf-8")
    course.work("4.1").read_text("utf-8")
    assert watching.expect([r"有变化", pexpect.TIMEOUT], timeout=1) == 1
    assert checks(course) == before


def test_save_during_a_check(course: Course, watching: pexpect.spawn[str]) -> None:
    """The check goes on to its end; then there is one more, however often was saved."""
    hold = course.labs / "4.1/hold"
    hold.touch()
    before = checks(course)
    course.work("4.1").write_text("40\n", "utf-8")
    watching.expect("有变化")
    while checks(course) == before:
        time.sleep(0.01)
    for number in range(41, 44):
        course.work("4.1").write_text(f"{number}\n", "utf-8")
    course.work("4.1").write_text("42\n", "utf-8")
    assert checks(course) == before + 1
    hold.unlink()
    watching.expect("4.1  题目")
    watching.expect(AGAIN)
    watching.expect("有变化")
    watching.expect("全部通过")
    watching.expect(AGAIN)
    assert watching.expect([r"有变化", pexpect.TIMEOUT], timeout=1) == 1
    assert checks(course) == before + 2
    assert course.progress("4.1")["attempts"] == before + 2


def test_ctrl_c_ends_it(watching: pexpect.spawn[str]) -> None:
    """Cleanly: exit code 0."""
    watching.sendintr()
    watching.expect("不再检查了")
    watching.expect(pexpect.EOF)
    watching.close()
    assert (watching.exitstatus, watching.signalstatus) == (0, None)
    assert "Traceback" not in str(watching.before)


def test_ctrl_c_during_a_check_ends_it_too(course: Course, watching: pexpect.spawn[str]) -> None:
    """And leaves nothing behind."""
    (course.labs / "4.1/hold").touch()
    before = checks(course)
    course.work("4.1").write_text("42\n", "utf-8")
    watching.expect("有变化")
    while checks(course) == before:
        time.sleep(0.01)
    watching.sendintr()
    watching.expect("不再检查了")
    watching.expect(pexpect.EOF)
    watching.close()
    assert (watching.exitstatus, watching.signalstatus) == (0, None)


def test_hang_up_ends_it(course: Course, watching: pexpect.spawn[str]) -> None:
    """A closed terminal leaves no process behind."""
    watching.close(force=False)
    deadline = time.monotonic() + 10
    while watching.isalive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not watching.isalive()


def test_reset_elsewhere_is_seen(course: Course, watching: pexpect.spawn[str]) -> None:
    """The folder is another one now; saving goes on being seen."""
    course.work("4.1").write_text("42\n", "utf-8")
    watching.expect("全部通过")
    watching.expect(AGAIN)
    assert course.run("reset", "4.1").returncode == 0
    watching.expect("✗ 是 42")
    watching.expect(AGAIN)
    course.work("4.1").write_text("42\n", "utf-8")
    watching.expect("全部通过")


def test_folder_that_goes_away_and_comes_back(course: Course, watching: pexpect.spawn[str]) -> None:
    """It is said, and no reason to end."""
    folder = course.work("4.1").parent
    aside = folder.with_name("aside")
    folder.rename(aside)
    watching.expect("还没有开始这个实验")
    watching.expect(AGAIN)
    shutil.rmtree(aside)
    folder.mkdir()
    course.work("4.1").write_text("42\n", "utf-8")
    watching.expect("全部通过")


def test_not_started(course: Course) -> None:
    """As without --watch: there is nothing to wait for."""
    shutil.rmtree(course.labs / "4.1")
    done = course.run("check", "4.1", "--watch")
    assert (done.returncode, "lab start 4.1" in done.stderr) == (2, True)


def test_without_exercise(course: Course) -> None:
    """Nothing to watch."""
    done = course.run("check", "4.2", "--watch")
    assert (done.returncode, AGAIN in done.stdout) == (0, False)


def test_broken_check_ends_it(course: Course) -> None:
    """Saving again would not mend it."""
    (course.labfiles / "4/4.1/check.py").write_text("1 / 0\n", "utf-8")
    done = course.run("check", "4.1", "--watch")
    assert (done.returncode, "不是你的错" in done.stderr) == (3, True)


def test_not_together_with_json(course: Course) -> None:
    """One object is what a program waits for."""
    done = course.run("check", "4.1", "--json", "--watch")
    assert (done.returncode, "不能和 --json 一起用" in done.stderr) == (2, True)


def test_ctrl_c_is_never_lost(course: Course) -> None:
    """Also while Python runs a destructor, which swallows it."""
    with pexpect.spawn(
        sys.executable,
        ["-c", DESTRUCTOR],
        env=course.environ(TERM="xterm"),
        cwd=str(course.home),
        encoding="utf-8",
        timeout=30,
    ) as child:
        child.expect(AGAIN)
        child.kill(signal.SIGUSR1)
        child.expect("in a destructor")
        child.sendintr()
        child.expect("Exception ignored")
        child.expect("不再检查了")
        child.expect(pexpect.EOF)
        assert child.wait() == 0
