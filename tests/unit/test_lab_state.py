"""Progress survives crashes, damage and several terminals, and never stops the command."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from lab import paths, progress
from lab.errors import WrongUseError
from tests.support.lab_course import Course

UPDATE = """
import sys, itertools
from lab import paths, progress
from lab.errors import WrongUseError
for count in itertools.count(1):
    progress.update(sys.argv[1], lambda old: old._replace(state="failed", attempts=count))
    print(count, flush=True)
"""


@pytest.fixture
def course(tmp_path: pathlib.Path) -> Course:
    """Twelve labs."""
    course = Course(tmp_path)
    for number in range(1, 13):
        course.lab(f"4.{number}", one="print('好')")
    return course


def saved(course: Course) -> dict[str, dict[str, object]]:
    """The file as it stands."""
    text = (course.state / "progress.json").read_text("utf-8")
    labs: dict[str, dict[str, object]] = json.loads(text)["labs"]
    return labs


def test_run_starts_a_lab(course: Course) -> None:
    """And says nothing about it."""
    done = course.run("run", "4.1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "好\n", "")
    assert course.states()["4.1"] == "started"


@pytest.mark.parametrize("kept", [progress.FAILED, progress.PASSED])
def test_run_takes_nothing_back(course: Course, kept: str) -> None:
    """What passed stays passed."""
    entry = {"state": kept, "attempts": 3, "updated": "2026-01-01T00:00:00+08:00"}
    course.state.mkdir(parents=True)
    text = json.dumps({"schema": 1, "labs": {"4.1": entry}})
    (course.state / "progress.json").write_text(text, "utf-8")
    course.run("run", "4.1")
    assert saved(course) == {"4.1": entry}


DAMAGED = {
    "empty": b"",
    "torn": b'{"schema": 1, "labs": {"4.1": {"sta',
    "another object": b"{}",
    "a list": b"[]",
    "wrong bytes": b"\xff\xfe\x00",
    "wrong state": b'{"schema": 1, "labs": {"4.1": {"state": "done", "attempts": 0}}}',
    "wrong entry": b'{"schema": 1, "labs": {"4.1": 7}}',
    "wrong attempts": b'{"schema": 1, "labs": {"4.1": {"state": "new", "attempts": "x"}}}',
    "unhashable state": b'{"schema": 1, "labs": {"4.1": {"state": [], "attempts": 0}}}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_file_is_kept_aside(course: Course, name: str) -> None:
    """With a message, and the command goes on."""
    course.state.mkdir(parents=True)
    (course.state / "progress.json").write_bytes(DAMAGED[name])
    done = course.run("list", "--json")
    assert done.returncode == 0
    kept = list(course.state.glob("progress.json.damaged-*"))
    assert [path.read_bytes() for path in kept] == [DAMAGED[name]]
    assert str(kept[0]) in done.stderr
    assert course.run("list").stderr == ""
    course.run("run", "4.2")
    assert course.states()["4.2"] == "started"


def test_pipe_in_the_files_place_is_not_waited_for(course: Course) -> None:
    """It counts as damage; whoever reads it would wait for ever, and the instructor's report with it."""
    course.state.mkdir(parents=True)
    os.mkfifo(course.state / "progress.json")
    listed = course.run("list", "--json")
    assert listed.returncode == 0, listed.stderr
    assert "progress.json.damaged-" in listed.stderr


def test_newer_file_is_left_alone(course: Course) -> None:
    """An older command must not throw a newer one's progress away."""
    course.state.mkdir(parents=True)
    path = course.state / "progress.json"
    path.write_text('{"schema": 2, "students": []}', "utf-8")
    done = course.run("run", "4.1")
    assert (done.returncode, done.stdout) == (0, "好\n")
    assert "更新版本的 lab" in done.stderr
    assert path.read_text("utf-8") == '{"schema": 2, "students": []}'


@pytest.mark.parametrize("obstacle", [".local", ".local/state", ".local/state/coursebox"])
def test_run_goes_on_when_nothing_can_be_kept(course: Course, obstacle: str) -> None:
    """One line says so."""
    path = course.home / obstacle
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("", "utf-8")
    done = course.run("run", "4.1")
    assert (done.returncode, done.stdout) == (0, "好\n")
    assert "没能记下进度" in done.stderr or "读不了进度文件" in done.stderr


def test_nothing_is_written_into_anothers_home(course: Course) -> None:
    """`sudo -E lab run` would else leave root's files where the student cannot write."""
    if os.geteuid() == 0:
        os.chown(course.home, 12345, 12345)
        environ = {}
    else:
        environ = {"HOME": "/"}
    done = course.run("run", "4.1", environ=environ)
    assert (done.returncode, done.stdout) == (0, "好\n")
    assert "不是当前用户的" in done.stderr
    assert not list(course.home.iterdir())


def test_sudo_is_told_off(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sudo lab check` would look for the work in root's home and find nothing."""
    monkeypatch.setenv("HOME", str(course.home))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", "tarena")
    with pytest.raises(WrongUseError, match="不要在 lab 前面加 sudo"):
        paths.own_home()


def test_several_terminals_lose_nothing(course: Course) -> None:
    """All at once, every lab is marked."""
    command = [sys.executable, "-m", "lab", "run"]
    running = [
        subprocess.Popen([*command, lab], env=course.environ(), stdout=subprocess.DEVNULL)
        for lab in sorted(course.states())
    ]
    assert [process.wait(60) for process in running] == [0] * 12
    assert set(course.states().values()) == {"started"}


def test_killed_while_writing(course: Course) -> None:
    """Whatever was said to be kept is there, and the file is whole."""
    command = [sys.executable, "-c", UPDATE, "4.1"]
    said = 0
    for turn in range(12):
        process = subprocess.Popen(
            command, env=course.environ(), stdout=subprocess.PIPE, encoding="utf-8"
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        time.sleep(turn * 0.0037)  # A kill at another moment each turn; nothing is waited for.
        process.send_signal(signal.SIGKILL)
        said = max([1, *map(int, process.stdout.read().split())])
        process.stdout.close()
        process.wait(60)
        attempts = saved(course)["4.1"]["attempts"]
        assert attempts in (said, said + 1)
    assert course.states()["4.1"] == "failed"


def test_lock_that_is_never_given_back(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped process elsewhere does not hang the command for good."""
    import fcntl

    from lab import json_file

    course.state.mkdir(parents=True)
    with open(course.state / "x.lock", "w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with (
            pytest.raises(json_file.Busy),
            json_file.locked(str(course.state / "x.lock"), seconds=0.1),
        ):
            pass
