"""Checks meet work that is broken on purpose: each failure is told, the seat stays whole, nothing is left behind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.machine import expected
from tests.machine.test_exercises import expect_nothing_left, told
from tests.support import labfiles
from tests.support.seat import Seat

LAB = "5.3.2"
EXERCISE = labfiles.exercise(LAB)
FILE = "upper.py"
PORT = 8888
SECONDS = 60
LISTEN = f"""
import os, signal, socket, sys, threading, time
def listen():
    return socket.create_server(("0.0.0.0", {PORT}), backlog=5)
"""
# What stands in place of the student's server, and what has to be said about it.
PROGRAMS = {
    "exits-at-once": ("raise SystemExit(3)", "退出码是 3"),
    "never-listens": ("import time\nwhile True: time.sleep(1)", f"在 {PORT} 端口上等待"),
    "spins": ("while True: pass", "一直在忙"),
    "wrong-port": (
        f"{LISTEN}\ns = socket.create_server(('0.0.0.0', 9999))\ns.accept()",
        f"在 {PORT} 端口上等待",
    ),
    "binds-twice": (f"{LISTEN}\na = listen()\nb = listen()\na.accept()", "Address already in use"),
    "says-nothing": (f"{LISTEN}\ns = listen()\nc, _ = s.accept()\ntime.sleep(999)", "不占 CPU"),
    "hangs-up": (f"{LISTEN}\ns = listen()\nwhile True: s.accept()[0].close()", "收到的是 b''"),
    "floods": (
        f"{LISTEN}\ns = listen()\nc, _ = s.accept()\nwhile True: c.sendall(b'x' * 65536)",
        "收到",
    ),
    "ignores-signals": (
        f"{LISTEN}\nfor n in (2, 15, 1): signal.signal(n, signal.SIG_IGN)\n"
        "s = listen()\nwhile True:\n c, _ = s.accept()\n while d := c.recv(1024):\n"
        "  c.sendall(d.upper().removesuffix(b'##'))\n  if d.endswith(b'##'): break\n c.close()",
        "按 ctrl-c",
    ),
    "prints-without-end": (f"{LISTEN}\ns = listen()\nwhile True: print('x' * 4096)", "超过 4 MiB"),
    "forks-without-end": (
        "import os, time\nwhile True:\n try: os.fork()\n except OSError: time.sleep(0.01)",
        r"开了超过 \d+ 个进程",
    ),
    "threads-without-end": (
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()",
        "can't start new thread|等了|一直在忙|内存",
    ),
    "eats-memory": ("x = []\nwhile True: x.append(bytearray(1 << 24))", "内存|MemoryError"),
    "fills-the-disk": (
        "n = 0\nwhile True:\n n += 1\n open(f'f{n}', 'wb').write(b'x' * (1 << 24))",
        "MiB 的文件",
    ),
    "fills-its-temporary-folder": (
        "import tempfile\nwhile True:\n"
        " with tempfile.NamedTemporaryFile(delete=False) as f: f.write(b'x' * (1 << 24))",
        "MiB 的文件",
    ),
    "many-empty-files": (
        "n = 0\nwhile True:\n n += 1\n open(f'f{n}', 'wb').close()",
        "太多的文件",
    ),
    "folders-without-end": (
        "import os\nwhile True:\n os.mkdir('d')\n os.chdir('d')",
        "太深的文件夹",
    ),
    "one-large-file": (
        "f = open('f', 'wb')\nwhile True: f.write(b'x' * (1 << 20))",
        "File too large|SIGXFSZ|MiB",
    ),
    "leaves-a-daemon": (
        f"{LISTEN}\ns = listen()\nif os.fork() == 0:\n os.setsid()\n"
        " if os.fork() == 0:\n  time.sleep(999)\n os._exit(0)\nraise SystemExit",
        f"在 {PORT} 端口上等待",
    ),
    "kills-its-parent": (
        "import os, time\nos.kill(os.getppid(), 19)\nos.kill(os.getppid(), 18)",
        "程序结束了",
    ),
    "is-not-python": ("这不是程序", "SyntaxError|NameError"),
}
# What stands there instead of the file, made by shell commands.
FILES = {
    "missing": (f"rm {FILE}", "没有文件"),
    "folder": (f"rm {FILE}; mkdir {FILE}", "是一个文件夹"),
    "pipe": (f"rm {FILE}; mkfifo {FILE}", "特殊文件"),
    "link-to-itself": (f"rm {FILE}; ln -s {FILE} {FILE}", "打不开"),
    "dangling-link": (f"ln -sf nowhere.py {FILE}", "没有文件"),
    "endless-device": (f"ln -sf /dev/zero {FILE}", "特殊文件"),
    "unreadable": (f"chmod 000 {FILE}", "打不开"),
    "not-utf-8": (f"printf '\\xff\\xfe\\n' > {FILE}", "第 1 行不是 UTF-8"),
    "too-large": (f"truncate -s 3M {FILE}", "超过 1024 KiB"),
    "too-much-beside-it": ("truncate -s 80M picture.bin", "超过 64 MiB"),
    "unreadable-beside-it": ("echo 1 > notes; chmod 000 notes", "读不了 .*notes"),
    "unreadable-folder": ("mkdir locked; chmod 000 locked", "读不了 .*locked"),
    "shadowed-library": ("echo 'raise SystemExit(9)' > socket.py", "socket.py|退出码是 9"),
}


def outcome(seat: Seat, files: dict[str, str], solved: bool = False) -> dict[str, Any]:
    """Do the exercise with these files over the starter, or over the solution."""
    job = {
        "lab": LAB,
        "files": {**(EXERCISE.solved() if solved else {}), **files},
        "password": expected.PASSWORD,
        "seconds": SECONDS,
        "times": 1,
    }
    report: dict[str, Any] = seat.python_json("do_exercise.py", json.dumps(job), offline=True)
    return report


def expect_told(report: dict[str, Any], message: str) -> None:
    """Not passed, for the reason given, and everything as it was."""
    (check,) = report["checks"]
    assert check["rc"] == 1, f"{check['stderr']}\n{report.get('steps', '')}"
    assert re.search(message, told(check)), told(check)
    assert check["seconds"] < SECONDS
    expect_nothing_left(report)


@pytest.mark.parametrize("name", PROGRAMS)
def test_hostile_program_is_told(seat: Seat, name: str) -> None:
    """Nothing of it lives on: no process, no port, no temporary file."""
    program, message = PROGRAMS[name]
    expect_told(outcome(seat, {FILE: program}), message)


@pytest.mark.parametrize("name", FILES)
def test_hostile_file_is_told(seat: Seat, name: str) -> None:
    """The solution with something odd in its place, or beside it."""
    commands, message = FILES[name]
    expect_told(outcome(seat, {"steps.sh": f"{commands}\n"}, solved=True), message)


@pytest.fixture
def small_home(seat: Seat, scratch: str) -> Iterator[str]:
    """A home of half a MiB, for the student alone."""
    options = f"size=512k,uid={expected.USER},mode=0755"
    seat.root.check_output("mount -t tmpfs -o %s tmpfs %s", options, scratch)
    yield scratch
    seat.root.check_output("umount --lazy %s", scratch)


def lab(seat: Seat, home: str, *words: str) -> tuple[int, str]:
    """The command in another home: exit code, and all that it said."""
    done = seat.student.run("HOME=%s lab " + " ".join(words), home)
    return done.rc, done.stdout + done.stderr


@pytest.mark.parametrize("verb", ["start", "check", "reset", "sync", "hint"])
def test_full_disk_is_told(seat: Seat, small_home: str, verb: str) -> None:
    """No traceback, no harm, and it works again as soon as there is room."""
    if verb in ("check", "reset"):
        assert lab(seat, small_home, "start", LAB)[0] == 0
        seat.student.check_output("echo mine >> %s/labs/5.3.2/work/upper.py", small_home)
    seat.student.run("cat /dev/zero > %s/ballast", small_home)
    code, text = lab(seat, small_home, verb, LAB)
    assert code == (0 if verb == "hint" else 1), text
    assert re.search("空间|No space|磁盘|写不了|没能记下", text), text
    if verb in ("check", "reset"):
        assert "mine" in seat.student.check_output("cat %s/labs/5.3.2/work/upper.py", small_home)
    seat.student.check_output("rm %s/ballast", small_home)
    assert lab(seat, small_home, "start", LAB)[0] == 0


@pytest.mark.parametrize("verb", ["start", "check", "reset", "sync", "hint", "show", "list", "run"])
def test_read_only_home_is_told(seat: Seat, small_home: str, verb: str) -> None:
    """Reading goes on; what cannot be written is named."""
    assert lab(seat, small_home, "start", LAB)[0] == 0
    seat.root.check_output("mount -o remount,ro %s", small_home)
    words = {"list": (verb,), "run": (verb, "5.3.5")}.get(verb, (verb, LAB))
    code, text = lab(seat, small_home, *words)
    assert code == (0 if verb in ("hint", "show", "list", "run") else 1), text
    assert "Traceback" not in text
    if code:
        assert re.search("只读|Read-only|写不了|没能记下|存不了档", text), text


@pytest.mark.parametrize("verb", ["start", "check", "reset", "sync", "hint", "show", "list"])
def test_removed_labs_folder_is_no_trouble(seat: Seat, scratch: str, verb: str) -> None:
    """`lab start` lays everything anew; a check says what to do."""
    assert lab(seat, scratch, "start", LAB)[0] == 0
    seat.student.check_output("rm -rf %s/labs", scratch)
    code, text = lab(seat, scratch, verb, *(() if verb == "list" else (LAB,)))
    assert code == (2 if verb == "check" else 0), text
    if verb == "check":
        assert f"lab start {LAB}" in text
    assert lab(seat, scratch, "start", LAB)[0] == 0


def test_two_terminals_at_once_do_no_harm(seat: Seat, scratch: str) -> None:
    """The second waits for the first; a right solution is right in both."""
    assert lab(seat, scratch, "start", LAB)[0] == 0
    work = f"{scratch}/labs/{LAB}/work/{FILE}"
    seat.student.check_output("printf %%s %s > %s", EXERCISE.solved()[FILE], work)
    both = "lab check 5.3.2 & lab check 5.3.2; echo $?; wait $!; echo $?"
    done = seat.student.run(f"export HOME={scratch}; ({both}) > %s/told 2>&1", scratch)
    told = seat.student.check_output("cat %s/told", scratch)
    assert (done.rc, re.findall(r"^\d$", told, re.M)) == (0, ["0", "0"]), told
    listed = json.loads(seat.student.check_output("HOME=%s lab list 5 --json", scratch))
    entry = next(entry for entry in listed["labs"] if entry["id"] == LAB)
    assert (entry["state"], entry["attempts"]) == ("passed", 2)
