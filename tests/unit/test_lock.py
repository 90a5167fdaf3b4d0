"""Locks of this computer's: who waits says for whom, and a lock ends with the last process that holds it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from classroom import passwords
from host.lock import alone
from host.paths import ROOT

# Holds a lock, says so, and waits; named as make's verb is.
HOLDER = """
import pathlib, subprocess, sys
from host.lock import alone
with alone("class", pathlib.Path(sys.argv[2])) as held:
    child = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    print(subprocess.Popen(child, pass_fds=[held] if sys.argv[3] else []).pid, flush=True)
    sys.stdin.read()
"""


def hold(folder: Path, shared: str) -> tuple[subprocess.Popen[str], int]:
    """Begin a process that holds the lock, with a child that shares it or not; return both."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, "collect", str(folder), shared],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout
    return holder, int(holder.stdout.readline())


@pytest.fixture
def waiter(tmp_path: Path) -> Iterator[tuple[threading.Thread, threading.Event]]:
    """A thread that wants the lock, and what tells that it got it."""
    got = threading.Event()

    def wait() -> None:
        with alone("class", tmp_path):
            got.set()

    thread = threading.Thread(target=wait)
    yield thread, got
    thread.join(30)
    assert got.is_set()


def test_who_waits_says_for_whom(
    tmp_path: Path,
    waiter: tuple[threading.Thread, threading.Event],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The verb, its process and since when; `kill -9` frees the lock."""
    holder, child = hold(tmp_path, "")
    thread, got = waiter
    thread.start()
    said = ""
    while "\n" not in said:
        said += capfd.readouterr().err
    assert said.startswith(f"coursebox：make collect（进程 {holder.pid}，")
    assert "等它做完" in said
    assert not got.is_set()
    holder.kill()
    assert got.wait(30)
    os.kill(child, signal.SIGKILL)
    holder.communicate()


def test_a_child_that_shares_the_lock_keeps_it(
    tmp_path: Path,
    waiter: tuple[threading.Thread, threading.Event],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What a killed verb left at work is waited for."""
    holder, child = hold(tmp_path, "shared")
    holder.kill()
    holder.wait()
    thread, got = waiter
    thread.start()
    said = ""
    while "\n" not in said:
        said += capfd.readouterr().err
    assert not got.is_set()
    os.kill(child, signal.SIGKILL)
    assert got.wait(30)
    holder.communicate()


def test_verbs_at_once_make_one_password_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one class or of two, whose vaults one key opens."""
    key = tmp_path / "config/key"
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(key))
    program = (
        "import pathlib, sys; from classroom import passwords;"
        "print(sys.stdin.readline() and passwords.ensure(pathlib.Path(sys.argv[1]), ['1', '2']))"
    )
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for folder in folders * 3
    ]  # fmt: skip
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate()[0].strip() for process in started]
    for place, folder in enumerate(folders):
        assert {told[place], told[place + 2], told[place + 4]} == {str(passwords.load(folder))}
