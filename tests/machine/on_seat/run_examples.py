"""Runs on the seat: runs examples as the student and reports in JSON what each of them did."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

# Chapters that listen on ports or count the machine's processes and packets go one by one.
ALONE = threading.Lock()
METHOD = """import multiprocessing
multiprocessing.set_start_method({method!r}, force=True)
"""


def environment(method: str | None, folder: str) -> dict[str, str]:
    """The student's environment, with the start method forced on every Python if so wished."""
    env = dict(os.environ)
    if method:
        Path(folder, "sitecustomize.py").write_text(METHOD.format(method=method))
        env["PYTHONPATH"] = folder
    return env


def listening(port: int) -> bool:
    """Whether anything listens there."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = (line.split() for line in lines)
    return any(f[3] == "0A" and int(f[1].rpartition(":")[2], 16) == port for f in fields)


def wait(port: int, wanted: bool) -> None:
    """Waits for the port to listen, or to be free; gives up after a while, which then shows."""
    deadline = time.monotonic() + 20
    while listening(port) is not wanted and time.monotonic() < deadline:
        time.sleep(0.02)


def end(process: subprocess.Popen[Any], how: signal.Signals) -> None:
    """Signals a program and all of its children."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)


def run(job: dict[str, Any]) -> dict[str, Any]:
    """One example, from start to end."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment(job["method"], folder)
        server = None
        if job["needs"]:
            argv = ["lab", "run", job["needs"]["key"]]
            server = subprocess.Popen(
                argv,
                env=env,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            wait(job["needs"]["port"], True)
        try:
            return example(job, env, folder)
        finally:
            if server:
                end(server, signal.SIGINT)
                try:
                    server.wait(10)
                except subprocess.TimeoutExpired:
                    end(server, signal.SIGKILL)
                wait(job["needs"]["port"], False)


def example(job: dict[str, Any], env: dict[str, str], folder: str) -> dict[str, Any]:
    """Runs the program itself: where it reads a keyboard, in a pseudo-terminal."""
    started = time.monotonic()
    terminal, far = pty.openpty()
    # In a terminal, prompts and errors come on the same screen as all else.
    own, screen = (far, far) if job["stdin"] else (subprocess.DEVNULL, subprocess.PIPE)
    process = subprocess.Popen(
        ["lab", "run", job["key"]],
        env=env,
        cwd=folder,
        start_new_session=True,
        stdin=own,
        stdout=screen,
        stderr=screen,
    )
    os.close(far)
    late = False
    shown = b""
    try:
        if job["stdin"]:
            shown = converse(terminal, [line + "\r" for line in job["stdin"]], job["seconds"])
        out, err = process.communicate(timeout=started + job["seconds"] - time.monotonic())
    except subprocess.TimeoutExpired:
        late = True
        end(process, signal.SIGKILL)
        out, err = process.communicate()
    os.close(terminal)
    seconds = time.monotonic() - started
    left = remains(process.pid)
    end(process, signal.SIGKILL)
    return {
        "out": (shown + (out or b"")).decode("utf-8", "replace"),
        "err": (err or b"").decode("utf-8", "replace"),
        "rc": process.returncode,
        "late": late,
        "seconds": round(seconds, 2),
        "left": left,
    }


def converse(terminal: int, lines: list[str], seconds: float) -> bytes:
    """Types as a person does, a line whenever the screen has come to rest, then ctrl-d; returns what was shown.

    A key that falls between two lines may be lost: ctrl-d is pressed until the program has ended.
    """
    shown = b""
    waiting = list(lines)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.5)[0]:
            try:
                shown += os.read(terminal, 65536)
            except OSError:
                break  # Nobody holds the other end any more.
        elif shown:
            os.write(terminal, (waiting.pop(0) if waiting else "\x04").encode())
    return shown


def remains(session: int) -> str:
    """What of a program's session still runs once its helpers had time to notice that it ended."""
    deadline = time.monotonic() + 5
    while True:
        command = ["pgrep", "--session", str(session), "--list-full"]
        left = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def guarded(job: dict[str, Any]) -> dict[str, Any]:
    """The same, one by one where the example asks for it."""
    if not job["alone"]:
        return run(job)
    with ALONE:
        return run(job)


if __name__ == "__main__":
    jobs = json.loads(sys.argv[1])
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(guarded, jobs))
    json.dump(dict(zip((job["id"] for job in jobs), results, strict=True)), sys.stdout)
