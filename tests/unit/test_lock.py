"""Locks of this computer's: who waits says for whom, and a lock ends with the last process that holds it."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from classroom import passwords
from host.errors import HostError
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
WAITER = """
import pathlib, sys
from host.lock import alone
with alone("class", pathlib.Path(sys.argv[2])):
    pass
"""


def hold(folder: Path, shared: str) -> tuple[subprocess.Popen[str], int]:
    """Begin a process that holds the lock, with a child that shares it or not; return both."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, "collect", str(folder), shared],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout
    return holder, int(holder.stdout.readline())


def wait(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Begin a process that wants the lock; return it and the line that it prints meanwhile."""
    waiter = subprocess.Popen(
        [sys.executable, "-c", WAITER, "reset", str(folder)],
        cwd=ROOT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert waiter.stderr
    return waiter, waiter.stderr.readline()


def test_who_waits_says_for_whom(tmp_path: Path) -> None:
    """The verb, its process and since when; `kill -9` frees the lock."""
    holder, child = hold(tmp_path, "")
    waiter, said = wait(tmp_path)
    assert said.startswith(f"coursebox：make collect（进程 {holder.pid}，")
    assert "等它做完" in said
    assert waiter.poll() is None
    holder.kill()
    assert waiter.wait(30) == 0
    os.kill(child, signal.SIGKILL)
    holder.communicate()


def test_a_child_that_shares_the_lock_keeps_it(tmp_path: Path) -> None:
    """What a killed verb left at work is waited for."""
    holder, child = hold(tmp_path, "shared")
    holder.kill()
    holder.wait()
    waiter, said = wait(tmp_path)
    assert "等它做完" in said
    assert waiter.poll() is None
    os.kill(child, signal.SIGKILL)
    assert waiter.wait(30) == 0
    holder.communicate()


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """In one line, with the cure."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(HostError, match=f"{tmp_path}/file/class.lock：写不了.*chown") as caught,
        alone("class", tmp_path / "file"),
    ):
        pass
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("names", [("one", "one"), ("one", "two")])
def test_verbs_at_once_make_one_password_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, str]
) -> None:
    """Of one class or of two, whose vaults one key opens; both have found none before either makes one."""
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(tmp_path / "config/key"))
    for method, module in (("generate", passwords), ("token_urlsafe", secrets)):
        monkeypatch.setattr(module, method, met(getattr(module, method)))
    folders = [tmp_path / name for name in names]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda folder: passwords.ensure(folder, ["1"]), folders))
    assert told == [passwords.load(folder) for folder in folders]


def met(function: Callable[..., str]) -> Callable[..., str]:
    """Return a function that waits for a second caller before it goes on, but not for long."""
    barrier = threading.Barrier(2)

    def call(*arguments: int) -> str:
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(1)
        return function(*arguments)

    return call
