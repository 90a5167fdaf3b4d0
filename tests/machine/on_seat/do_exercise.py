"""Runs on the seat: does one exercise as the student, in a home of its own, and reports in JSON how its check went."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PASSWORD = re.compile(r"(密码|[Pp]assword)[^\n]*[:：]\s*$")
STEPS = "steps.sh"
# No text in any encoding that the course knows.
BYTES = b"\xff\xfe\0PK\3\4\n" + bytes(range(256))
PLANNED = Path("/run/systemd/shutdown/scheduled")


def lab(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """The command, as the student calls it."""
    return subprocess.run(
        ["lab", *words], env=env, cwd=env["HOME"], capture_output=True, text=True, check=False
    )


def type_in(steps: Path, folder: Path, env: dict[str, str], password: str, seconds: float) -> str:
    """Carry the steps out in a pseudo-terminal, and give the password whenever it is asked for."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve("/bin/bash", ["bash", str(steps)], env)
    shown = ""
    deadline = time.monotonic() + seconds
    answered = 0
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data.decode("utf-8", "replace")
        if PASSWORD.search(shown[answered:]):
            answered = len(shown)
            os.write(terminal, password.encode() + b"\n")
    else:
        os.kill(pid, 9)
        shown += f"\n[the steps took longer than {seconds} seconds]"
    os.close(terminal)
    return f"{shown}\n[exit code {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}]"


def end_plan(folder: Path, env: dict[str, str], password: str) -> None:
    """Cancel a shutdown that was planned and forgotten: it would end the seat."""
    if PLANNED.exists():
        cancel = folder / "cancel.sh"
        cancel.write_text("sudo shutdown -c\n", "utf-8")
        type_in(cancel, folder, env, password, 60)


def digests(folder: Path) -> dict[str, tuple[int, str]]:
    """The mode of every file of the work, and what it holds as far as it can be read."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            hashlib.sha256(path.read_bytes()).hexdigest() if os.access(path, os.R_OK) else "",
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def check(env: dict[str, str], name: str, work: Path) -> dict[str, Any]:
    """One check: how it went, and whether it changed the work."""
    before = digests(work)
    begun = time.monotonic()
    checked = lab(env, "check", name, "--json")
    return {
        "rc": checked.returncode,
        "seconds": time.monotonic() - begun,
        "lab": json.loads(checked.stdout)["labs"][0] if checked.stdout else None,
        "stderr": checked.stderr,
        "changed": digests(work) != before,
    }


def spoilt(
    env: dict[str, str], name: str, work: Path, aside: Path
) -> Iterator[tuple[str, dict[str, Any]]]:
    """One check with a folder, and one with bytes that are no text, in the place of each file; then it comes back."""
    for path in [path for path in sorted(work.iterdir()) if path.is_file()]:
        path.rename(aside)
        path.mkdir()
        yield f"a folder for {path.name}", check(env, name, work)
        path.rmdir()
        path.write_bytes(BYTES)
        yield f"bytes for {path.name}", check(env, name, work)
        aside.replace(path)


def left_over(mark: str) -> list[str]:
    """Processes that carry this run's mark in their environment, as number and command."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            environ = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if mark.encode() in environ and state != "Z":
            found.append(f"{entry.name} {command}")
    return found


def end_background(processes: list[str]) -> list[str]:
    """End what `lab reset` has started anew for the student, as it should; return the others."""
    anew = [process for process in processes if "/background/" in process]
    for process in anew:
        os.kill(int(process.split()[0]), signal.SIGKILL)
    wait_for = [Path("/proc", process.split()[0]) for process in anew]
    deadline = time.monotonic() + 10
    while any(entry.exists() for entry in wait_for) and time.monotonic() < deadline:
        time.sleep(0.02)
    return [process for process in processes if process not in anew]


def listening() -> list[int]:
    """Ports that something listens on."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = (line.split() for line in lines)
    return [int(f[1].rpartition(":")[2], 16) for f in fields if f[3] == "0A"]


def main() -> None:
    """Do what the job says."""
    job: dict[str, Any] = json.loads(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="exercise-") as place:
        home, temporary = Path(place, "home"), Path(place, "tmp")
        home.mkdir()
        temporary.mkdir()
        mark = f"COURSEBOX_EXERCISE={place}"
        name, _, value = mark.partition("=")
        env = {**os.environ, "HOME": str(home), "TMPDIR": str(temporary), name: value}
        work = home / "labs" / job["lab"] / "work"
        report: dict[str, Any] = {}
        try:
            started = lab(env, "start", job["lab"])
            report["start"] = [started.returncode, started.stdout + started.stderr]
            for file, text in job["files"].items():
                if file != STEPS:
                    (work / file).parent.mkdir(parents=True, exist_ok=True)
                    (work / file).write_text(text, "utf-8")
            if STEPS in job["files"]:
                steps = Path(place, STEPS)
                steps.write_text(job["files"][STEPS], "utf-8")
                report["steps"] = type_in(steps, work, env, job["password"], job["seconds"])
            report["checks"] = []
            for _ in range(job["times"]):
                report["checks"].append(check(env, job["lab"], work))
            if job.get("spoil"):
                report["spoilt"] = dict(spoilt(env, job["lab"], work, Path(place, "aside")))
        finally:
            end_plan(Path(place), env, job["password"])
            background = [process for process in left_over(mark) if "/background/" in process]
            reset = lab(env, "reset", job["lab"])
            report["reset"] = [reset.returncode, reset.stdout + reset.stderr]
        left = left_over(mark)
        report["processes"] = [*(set(background) & set(left)), *end_background(left)]
        report["ports"] = listening()
        report["files"] = [str(path) for path in temporary.rglob("*")]
    print(json.dumps(report))


main()
