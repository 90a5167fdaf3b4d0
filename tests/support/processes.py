"""What tests start, wait for and kill: a condition with a deadline, a process group, a moment."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

# Emulated, or on two processors that carry other work as well.
DEADLINE = 900.0


def wait_until(
    holds: Callable[[], object],
    running: subprocess.Popen[Any] | None = None,
    heard: Callable[[], str] = str,
    seconds: float = DEADLINE,
    pause: float = 0.02,
) -> None:
    """Wait until a condition holds, at most `seconds`, looking every `pause` seconds.

    Fails where it does not, or where `running` ends before it; `heard` says for the message what was seen until then.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        ended = running and running.poll() is not None
        assert not ended, f"ended by itself, with {running and running.returncode}: {heard()}"
        assert time.monotonic() < deadline, f"nothing came in {seconds:.0f} s: {heard()}"
        time.sleep(pause)  # between two looks


def ends_within(running: subprocess.Popen[Any], seconds: float) -> bool:
    """Say whether a process ends by itself within so many seconds, reading meanwhile what it prints."""
    try:
        running.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def kill(running: subprocess.Popen[Any], how: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process's whole group, which must be its own, and wait for the process's end."""
    os.killpg(running.pid, how)
    running.wait(DEADLINE)
    for pipe in (running.stdout, running.stderr):
        if pipe:
            pipe.close()


def kill_when(
    holds: Callable[[], object],
    running: subprocess.Popen[Any],
    heard: Callable[[], str] = str,
) -> None:
    """Kill a process's group as soon as a condition holds; fails as `wait_until` does."""
    wait_until(holds, running, heard)
    kill(running)
