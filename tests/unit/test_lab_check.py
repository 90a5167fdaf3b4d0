"""Starting, checking and resetting an exercise by its front door."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable

import pytest

from lab import safe_fs
from tests.support.lab_course import CHECK, Course

LAB = "4.1"
STARTS_A_PROGRAM = '''"""Checks that a program ends."""

from lab.checking import Work


def check(work: Work) -> None:
    """Run it."""
    work.step("运行到结束")
    work.run("endless.py", cpu_limit=60, idle_timeout=60)
'''
CLEANS_UP_SLOWLY = '''"""Checks for too long."""

import os
import pathlib
import time

from lab.checking import Work


def check(work: Work) -> None:
    """Wait, and take time to clean up."""
    work.step("慢")
    try:
        time.sleep(30)
    finally:
        time.sleep(2.5)
        pathlib.Path(os.environ["MARK"]).touch()
'''
ENDLESS = """
import os, pathlib, time
pathlib.Path(os.environ["MARK"]).write_text(str(os.getpid()))
while True:
    time.sleep(0.1)
"""
# What it starts in a session of its own does not die with it.
WITH_A_CHILD = f"""
import os
if os.fork() == 0:
    os.setsid()
    os.environ["MARK"] += "-child"
{ENDLESS}"""
STARTS_A_SERVER = '''"""Checks that a server listens."""

from lab.checking import Work


def check(work: Work) -> None:
    """Start it."""
    work.step("等待客户端")
    with work.server("server.py", {port}):
        pass
'''
# It begins only when somebody else holds its port.
COMES_LATE = """
import os, pathlib, socket, time
pathlib.Path(os.environ["MARK"]).write_text("here")
while not pathlib.Path(os.environ["MARK"] + "-taken").exists():
    time.sleep(0.01)
socket.create_server(("0.0.0.0", {port}))
"""


@pytest.fixture
def course(tmp_path: pathlib.Path) -> Course:
    """One lab with an exercise."""
    course = Course(tmp_path)
    course.exercise(LAB, one="print(1)")
    return course


def wait_for(condition: Callable[[], object]) -> None:
    """Within ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def archives(course: Course) -> list[pathlib.Path]:
    """What resetting has kept, oldest first."""
    return sorted((course.labs / "archive").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)


def test_start_lays_the_starter_and_says_what_to_do(course: Course) -> None:
    """Task, place and the next commands."""
    done = course.run("start", LAB)
    assert (done.returncode, done.stderr) == (0, "")
    assert course.work(LAB).read_text("utf-8") == "41\n"
    for part in ("把 41 改成 42", f"cd ~/labs/{LAB}/work", f"lab check {LAB}", f"lab hint {LAB}"):
        assert part in done.stdout
    assert course.states()[LAB] == "started"


def test_start_again_leaves_the_work_alone(course: Course) -> None:
    """What was changed stays changed, what was deleted is offered."""
    course.run("start", LAB)
    course.work(LAB).write_text("17\n", "utf-8")
    course.run("start", LAB)
    assert course.work(LAB).read_text("utf-8") == "17\n"
    course.work(LAB).unlink()
    assert "lab sync --restore" in course.run("start", LAB).stdout
    assert not course.work(LAB).exists()


def test_check_tells_all_four_parts(course: Course) -> None:
    """What was run, what came, what was expected, what to look at; and exit code 1."""
    course.run("start", LAB)
    done = course.run("check", LAB)
    assert (done.returncode, done.stderr) == (1, "")
    assert "✓ 有 answer.txt" in done.stdout
    assert "✗ 是 42" in done.stdout
    parts = ("运行了：cat answer.txt", "得到的：得到 41", "应该是：42", "看一看：看看第 1 行。")
    assert [part for part in parts if part not in done.stdout] == []
    entry = course.progress(LAB)
    assert (entry["state"], entry["attempts"]) == ("failed", 1)
    assert entry["failure"] == "是 42：得到 41"


def test_right_answer_passes_for_good(course: Course) -> None:
    """A later failure takes nothing back."""
    course.run("start", LAB)
    course.work(LAB).write_text("42\n", "utf-8")
    done = course.run("check", LAB)
    assert (done.returncode, "全部通过" in done.stdout) == (0, True)
    course.work(LAB).write_text("43\n", "utf-8")
    report = course.run("check", LAB, "--json")
    assert report.returncode == 1
    (entry,) = json.loads(report.stdout)["labs"]
    assert (entry["state"], entry["passed"]) == ("passed", False)
    assert entry["steps"] == [
        {"title": "有 answer.txt", "passed": True},
        {"title": "是 42", "passed": False},
    ]


def test_check_finds_the_lab_by_the_folder(course: Course) -> None:
    """Or takes the one worked on last."""
    course.exercise("4.2")
    course.run("start", "4.2")
    course.run("start", LAB)
    here = course.run("check", cwd=course.labs / "4.2/work")
    assert here.stdout.startswith("4.2 ")
    assert course.run("check").stdout.startswith("4.2 ")


def test_check_before_start_says_what_is_missing(course: Course) -> None:
    """Wrong use, and nothing is recorded."""
    done = course.run("check", LAB)
    assert (done.returncode, f"lab start {LAB}" in done.stderr) == (2, True)
    assert course.states()[LAB] == "new"


@pytest.mark.parametrize(
    "broken",
    [
        CHECK.replace('work.text("answer.txt")', 'work.txt("answer.txt")'),
        CHECK.replace("answer ==", "answer =="[:-2]),
        f"import nothing_of_that_name\n{CHECK}",
        f"{CHECK}\n\nraise ValueError('at import')\n",
        CHECK.replace('work.step("是 42")', "raise SystemError('deep inside')"),
    ],
    ids=["attribute", "syntax", "import", "at-import", "inside"],
)
def test_check_that_breaks_never_counts(course: Course, broken: str) -> None:
    """Exit code 3, which file and line, and the student's record as it was."""
    course.run("start", LAB)
    (course.labfiles / f"4/{LAB}/check.py").write_text(broken, "utf-8")
    done = course.run("check", LAB)
    assert (done.returncode, done.stdout) == (3, "")
    assert "不是你的错" in done.stderr
    assert re.search(r"check\.py:\d+ \w+Error", done.stderr)
    assert course.progress(LAB)["attempts"] == 0


@pytest.mark.slow
def test_check_has_a_time_limit(course: Course) -> None:
    """The one in its metadata; work that drags counts as not passed."""
    folder = course.labfiles / f"4/{LAB}"
    text = (folder / "lab.toml").read_text("utf-8").replace("[exercise]", "[exercise]\nseconds = 5")
    (folder / "lab.toml").write_text(text, "utf-8")
    waits = CHECK.replace('work.step("是 42")', 'work.step("慢")\n    __import__("time").sleep(30)')
    (folder / "check.py").write_text(waits, "utf-8")
    course.run("start", LAB)
    begun = time.monotonic()
    done = course.run("check", LAB)
    assert (done.returncode, "超过了 5 秒" in done.stdout) == (1, True)
    assert time.monotonic() - begun < 15


@pytest.mark.slow
def test_the_time_limit_lets_a_check_clean_up(course: Course, tmp_path: pathlib.Path) -> None:
    """However slow the machine: the limit is not told a second time meanwhile."""
    folder = course.labfiles / f"4/{LAB}"
    text = (folder / "lab.toml").read_text("utf-8").replace("[exercise]", "[exercise]\nseconds = 5")
    (folder / "lab.toml").write_text(text, "utf-8")
    (folder / "check.py").write_text(CLEANS_UP_SLOWLY, "utf-8")
    mark = tmp_path / "mark"
    course.run("start", LAB)
    done = course.run("check", LAB, environ={"MARK": str(mark)})
    assert (done.returncode, "超过了 5 秒" in done.stdout) == (1, True), done.stdout + done.stderr
    assert mark.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_killed_check_leaves_no_program(
    course: Course, tmp_path: pathlib.Path, number: signal.Signals
) -> None:
    """Whatever ends it; a kill that cannot be caught may leave temporary files, nothing that runs."""
    (course.labfiles / f"4/{LAB}/check.py").write_text(STARTS_A_PROGRAM, "utf-8")
    course.run("start", LAB)
    course.work(LAB, "endless.py").write_text(ENDLESS, "utf-8")
    mark, temporary = tmp_path / "mark", tmp_path / "tmp"
    temporary.mkdir()
    check = subprocess.Popen(
        [sys.executable, "-m", "lab", "check", LAB],
        env=course.environ(MARK=str(mark), TMPDIR=str(temporary)),
        cwd=course.home,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(lambda: mark.exists() and mark.read_text())
    program = pathlib.Path("/proc", mark.read_text())
    assert program.exists()
    check.send_signal(number)
    assert check.wait(20) == -number
    wait_for(lambda: not program.exists())
    if number != signal.SIGKILL:
        assert list(temporary.iterdir()) == []
    assert course.progress(LAB)["attempts"] == 0
    course.work(LAB, "endless.py").write_text("print()", "utf-8")
    assert course.run("check", LAB).returncode == 0


def begin_check(course: Course, tmp_path: pathlib.Path) -> subprocess.Popen[str]:
    """Start a check in the background; its program finds in MARK where to leave a sign."""
    (tmp_path / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "lab", "check", LAB],
        env=course.environ(MARK=str(tmp_path / "mark"), TMPDIR=str(tmp_path / "tmp")),
        cwd=course.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def test_what_a_killed_check_left_goes_away_at_the_next(
    course: Course, tmp_path: pathlib.Path
) -> None:
    """Programs that outlived it, and its temporary files."""
    (course.labfiles / f"4/{LAB}/check.py").write_text(STARTS_A_PROGRAM, "utf-8")
    course.run("start", LAB)
    course.work(LAB, "endless.py").write_text(WITH_A_CHILD, "utf-8")
    mark = tmp_path / "mark-child"
    check = begin_check(course, tmp_path)
    wait_for(lambda: mark.exists() and mark.read_text())
    child = pathlib.Path("/proc", mark.read_text())
    check.kill()
    check.communicate(timeout=20)
    assert child.exists()
    course.work(LAB, "endless.py").write_text("print()", "utf-8")
    environ = {"TMPDIR": str(tmp_path / "tmp")}
    assert course.run("check", LAB, environ=environ).returncode == 0
    wait_for(lambda: not child.exists())
    assert list((tmp_path / "tmp").iterdir()) == []


def test_running_check_keeps_what_is_its_own(course: Course, tmp_path: pathlib.Path) -> None:
    """Another lab's start in another terminal sweeps nothing away."""
    (course.labfiles / f"4/{LAB}/check.py").write_text(STARTS_A_PROGRAM, "utf-8")
    other = CHECK + '\n\ndef setup(work: Work) -> None:\n    """Set up nothing."""\n'
    course.exercise("4.2", other)
    course.run("start", LAB)
    course.work(LAB, "endless.py").write_text(ENDLESS, "utf-8")
    mark = tmp_path / "mark"
    check = begin_check(course, tmp_path)
    wait_for(lambda: mark.exists() and mark.read_text())
    assert course.run("start", "4.2", environ={"TMPDIR": str(tmp_path / "tmp")}).returncode == 0
    assert pathlib.Path("/proc", mark.read_text()).exists()
    assert len(list((tmp_path / "tmp").iterdir())) == 1
    check.terminate()
    check.communicate(timeout=20)


def test_second_terminal_waits_for_the_first(course: Course, tmp_path: pathlib.Path) -> None:
    """Both would else fight over the port of a server, and the work would seem wrong."""
    (course.labfiles / f"4/{LAB}/check.py").write_text(STARTS_A_PROGRAM, "utf-8")
    course.run("start", LAB)
    course.work(LAB, "endless.py").write_text(ENDLESS, "utf-8")
    first = begin_check(course, tmp_path)
    wait_for((tmp_path / "mark").exists)
    course.work(LAB, "endless.py").write_text("print()", "utf-8")
    second = begin_check(course, tmp_path)
    assert second.stderr
    assert "另一个终端正在检查" in second.stderr.readline()
    assert second.poll() is None
    first.terminate()
    first.communicate(timeout=20)
    second.communicate(timeout=20)
    assert second.returncode == 0


def test_port_taken_meanwhile_is_not_the_works_fault(
    course: Course, tmp_path: pathlib.Path
) -> None:
    """Whoever has it is named, and the check does not count."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = STARTS_A_SERVER.replace("{port}", str(port))
    (course.labfiles / f"4/{LAB}/check.py").write_text(server, "utf-8")
    course.run("start", LAB)
    course.work(LAB, "server.py").write_text(COMES_LATE.replace("{port}", str(port)), "utf-8")
    check = begin_check(course, tmp_path)
    wait_for((tmp_path / "mark").exists)
    with socket.create_server(("0.0.0.0", port)):
        (tmp_path / "mark-taken").touch()
        told = check.communicate(timeout=20)[1]
    assert (check.returncode, f"占用它的是进程 {os.getpid()}" in told) == (2, True)
    assert course.progress(LAB)["attempts"] == 0


def test_passed_but_not_recorded_is_not_done(course: Course) -> None:
    """The student is told both, and the exit code says that something is missing."""
    course.run("start", LAB)
    course.work(LAB).write_text("42\n", "utf-8")
    (course.state / "progress.json").unlink()
    (course.state / "progress.json").mkdir()
    done = course.run("check", LAB)
    assert (done.returncode, "全部通过" in done.stdout) == (1, True)
    assert done.stderr.startswith("lab：")


def test_reset_archives_first_and_says_where(course: Course) -> None:
    """All of the lab's folder, whatever stands there; then it is as it was at the beginning."""
    course.run("start", LAB)
    course.work(LAB).write_text("17\n", "utf-8")
    course.work(LAB, "notes/很多 话.txt").parent.mkdir()
    course.work(LAB, "notes/很多 话.txt").write_text("笔记", "utf-8")
    course.work(LAB, "link").symlink_to("answer.txt")
    os.mkfifo(course.work(LAB, "pipe"))
    done = course.run("reset", LAB)
    assert (done.returncode, done.stderr) == (0, "")
    (archive,) = archives(course)
    assert f"~/labs/archive/{archive.name}" in done.stdout
    with tarfile.open(archive) as packed:
        answer = packed.extractfile(f"{LAB}/work/answer.txt")
        assert answer
        assert answer.read() == b"17\n"
        names = packed.getnames()
        assert packed.getmember(f"{LAB}/work/link").linkname == "answer.txt"
    assert f"{LAB}/work/notes/很多 话.txt" in names
    assert course.work(LAB).read_text("utf-8") == "41\n"
    assert not course.work(LAB, "notes").exists()


def test_each_reset_keeps_its_own_archive(course: Course) -> None:
    """Also within one second; progress stays."""
    course.run("start", LAB)
    for text in ("1\n", "2\n", "3\n"):
        course.work(LAB).write_text(text, "utf-8")
        assert course.run("reset", LAB).returncode == 0
    kept = set()
    for archive in archives(course):
        with tarfile.open(archive) as packed:
            answer = packed.extractfile(f"{LAB}/work/answer.txt")
            assert answer
            kept.add(answer.read())
    assert kept == {b"1\n", b"2\n", b"3\n"}
    assert course.states()[LAB] == "started"


def test_reset_takes_nothing_away_that_it_cannot_archive(course: Course) -> None:
    """Where no archive can be written, the work stays."""
    course.run("start", LAB)
    course.work(LAB).write_text("17\n", "utf-8")
    (course.labs / "archive").write_text("in the way", "utf-8")
    done = course.run("reset", LAB)
    assert done.returncode == 1
    assert "archive" in done.stderr
    assert course.work(LAB).read_text("utf-8") == "17\n"


def nested(folder: pathlib.Path) -> None:
    """Folders within folders, deeper than any path can say, and deeper than Python calls itself."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", 0o700, dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


@pytest.mark.slow
def test_reset_of_folders_without_end_changes_nothing(course: Course) -> None:
    """Told in words, nothing lost."""
    course.run("start", LAB)
    nested(course.work(LAB, ""))
    try:
        done = course.run("reset", LAB)
        assert (done.returncode, "所以什么也没有动" in done.stderr) == (1, True)
        assert course.work(LAB).read_text("utf-8") == "41\n"
    finally:
        safe_fs.remove(str(course.work(LAB, "")))


@pytest.mark.slow
def test_check_of_folders_without_end_says_so(course: Course) -> None:
    """It is the work that cannot be read, not the checker that broke."""
    (course.labfiles / f"4/{LAB}/check.py").write_text(STARTS_A_PROGRAM, "utf-8")
    course.run("start", LAB)
    course.work(LAB, "endless.py").write_text("print()", "utf-8")
    nested(course.work(LAB, ""))
    try:
        done = course.run("check", LAB)
        assert (done.returncode, "读不了" in done.stdout) == (1, True)
        assert "d/d/d" in done.stdout
    finally:
        safe_fs.remove(str(course.work(LAB, "")))


@pytest.mark.slow
@pytest.mark.parametrize("closed", [0o700, 0o000])
def test_anything_can_be_removed(tmp_path: pathlib.Path, closed: int) -> None:
    """Deep, closed, and with links, which are not followed."""
    kept = tmp_path / "kept"
    kept.mkdir()
    tree = tmp_path / "tree"
    (tree / "a/b/c").mkdir(parents=True)
    (tree / "a/b/file").write_text("x", "utf-8")
    (tree / "a/link").symlink_to(kept)
    (tree / "link").symlink_to(kept)
    os.mkfifo(tree / "a/pipe")
    nested(tree)
    (tree / "a").chmod(closed)
    safe_fs.remove(str(tree))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_reset_before_start_begins(course: Course) -> None:
    """There is nothing to keep."""
    done = course.run("reset", LAB)
    assert done.returncode == 0
    assert course.work(LAB).read_text("utf-8") == "41\n"
    assert archives(course) == []
