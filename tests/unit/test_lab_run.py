"""`lab run` is the program: its input, output, signals, exit code, and the student's own copy of it."""

from __future__ import annotations

import argparse
import os
import pathlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pexpect
import pytest

from tests.support.lab_course import Course

ASKS = """
import signal, sys, time
count = 0
def caught(number, frame):
    global count
    count += 1
signal.signal(signal.SIGINT, caught)
print("READY", flush=True)
while not count:
    time.sleep(0.01)
time.sleep(0.3)
print("INTERRUPTS", count, flush=True)
"""
WHERE = """
import os, sys
print(os.getcwd(), os.environ.get("PYTHONPATH"), sys.argv[1:], sys.stdin.readline().strip())
print(sys.executable, sys.flags.isolated)
"""
SERVER = """
import socket
with socket.create_server(("127.0.0.1", {0})) as server:
    print("SERVING", flush=True)
    server.accept()
"""


@pytest.fixture
def course(tmp_path: pathlib.Path) -> Course:
    """One lab with two examples."""
    course = Course(tmp_path)
    course.lab("4.1", one="print('一')\n", two="print('二')\n")
    return course


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Something that listens on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def free_port() -> int:
    """A port that nobody holds now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("words", "shown"),
    [(("4.1",), "一\n"), (("4.1", "two"), "二\n"), (("4.1:two",), "二\n"), (("4.1：two",), "二\n")],
)
def test_example_is_chosen(course: Course, words: tuple[str, ...], shown: str) -> None:
    """The first when none is named, and nothing but it."""
    done = course.run("run", *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, shown, "")


def test_unknown_example_lists_the_known(course: Course) -> None:
    """With what each is about."""
    done = course.run("run", "4.1", "three")
    assert (done.returncode, done.stdout) == (2, "")
    assert "lab run 4.1 one   例子one" in done.stderr
    assert "lab run 4.1 two   例子two" in done.stderr


def test_lab_without_examples(course: Course) -> None:
    """The guide is what there is."""
    course.lab("2.1")
    done = course.run("run", "2.1")
    assert (done.returncode, "lab show 2.1" in done.stderr) == (2, True)


def test_students_copy_is_what_runs(course: Course) -> None:
    """So that edits show."""
    course.sync()
    course.copy("4.1").write_text("print('改过')\n", "utf-8")
    assert course.run("run", "4.1").stdout == "改过\n"


@pytest.mark.parametrize("code", [0, 1, 3, 42])
def test_exit_code_is_the_programs(course: Course, code: int) -> None:
    """Whatever it is."""
    course.lab("4.2", one=f"raise SystemExit({code})\n")
    assert course.run("run", "4.2").returncode == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_signal_that_ended_it_shows(course: Course, number: signal.Signals) -> None:
    """A shell says 128 + n; there is no process in between."""
    program = f"import os, signal\nsignal.signal({number}, 0) if {number} == 2 else 0\nos.kill(os.getpid(), {number})\n"
    course.lab("4.2", one=program)
    command = f"{sys.executable} -m lab run 4.2; echo $?"
    done = subprocess.run(
        ["bash", "-c", command],
        env=course.environ(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stdout == f"{128 + number}\n"


def test_shell_example_runs_with_bash(course: Course) -> None:
    """With signals as a shell expects them: the reader that has gone ends `yes` quietly."""
    folder = course.lab("4.2")
    toml = '\n[[examples]]\nname = "sh"\nfile = "a.sh"\nsummary = "例"\nshows = ["."]\n'
    path = folder / "lab.toml"
    path.write_text(path.read_text("utf-8") + toml, "utf-8")
    program = 'yes | head -1; echo "${PIPESTATUS[0]} $BASH"\ngrep SigIgn /proc/self/status\n'
    (folder / "examples/a.sh").write_text(program, "utf-8")
    done = course.run("run", "4.2")
    shown, _, ignored = done.stdout.partition("SigIgn:")
    assert (shown, done.stderr) == ("y\n141 /bin/bash\n", "")
    assert int(ignored, 16) & (1 << (signal.SIGXFSZ - 1)) == 0


def test_program_finds_the_students_world(course: Course) -> None:
    """The current folder, the environment, standard input, fixed arguments, the machine's Python."""
    course.lab("4.2", 'args = ["甲", "-x"]\n', one=WHERE)
    done = subprocess.run(
        [sys.executable, "-m", "lab", "run", "4.2"],
        env=course.environ(),
        cwd="/usr",
        input="你好\n",
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    first, second = done.stdout.splitlines()
    assert first == f"/usr {course.environ()['PYTHONPATH']} ['甲', '-x'] 你好"
    assert second == "/usr/bin/python3 0"


def test_ctrl_c_reaches_the_program_once(course: Course) -> None:
    """And nothing prints a traceback."""
    course.lab("4.2", one=ASKS)
    child = pexpect.spawn(
        sys.executable,
        ["-m", "lab", "run", "4.2"],
        env=course.environ(),
        encoding="utf-8",
        timeout=30,
    )
    child.expect("READY")
    child.sendintr()
    child.expect(pexpect.EOF)
    assert "INTERRUPTS 1" in str(child.before)
    assert "Traceback" not in str(child.before)
    child.close()
    assert child.exitstatus == 0


def test_ctrl_c_ends_the_command_itself_quietly(course: Course) -> None:
    """At any moment of its own start, too."""
    hang = "import lab.catalogue as c, os, signal; c.chapters = lambda: os.kill(os.getpid(), signal.SIGINT)"
    script = f"{hang}\nfrom lab.cli import main; main(['list'])"
    done = subprocess.run(
        [sys.executable, "-c", script], env=course.environ(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")


def test_needed_server_is_asked_for(course: Course) -> None:
    """Before the client meets a refused connection."""
    port = free_port()
    course.lab("5.1", f"port = {port}\n", server=SERVER.format(port))
    course.lab("5.2", 'needs = "5.1:server"\n', client="print('CLIENT')\n")
    done = course.run("run", "5.2")
    assert (done.returncode, done.stdout) == (2, "")
    assert "lab run 5.1 server" in done.stderr
    assert str(port) in done.stderr
    assert course.states()["5.2"] == "new"


def test_needed_server_is_seen_without_disturbing_it(
    course: Course, listener: socket.socket
) -> None:
    """A server that talks to one client at a time must not be given an empty one."""
    port = listener.getsockname()[1]
    course.lab("5.1", f"port = {port}\n", server="")
    course.lab("5.2", 'needs = "5.1:server"\n', client="print('CLIENT')\n")
    assert course.run("run", "5.2").stdout == "CLIENT\n"
    listener.settimeout(0)
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::"])
def test_taken_port_is_explained(course: Course, host: str) -> None:
    """Which port, who holds it, how to end that; the program is not even started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        port = listener.getsockname()[1]
        course.lab("5.1", f"port = {port}\n", server="print('STARTED')\n")
        done = course.run("run", "5.1")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"端口 {port} 已经有程序在用" in done.stderr
    assert f"进程 {os.getpid()}：" in done.stderr
    assert f"kill {os.getpid()}" in done.stderr
    assert course.states()["5.1"] == "new"


def test_taken_port_of_another_user(course: Course, listener: socket.socket) -> None:
    """Who it is cannot be seen; how to find out can be said."""
    port = listener.getsockname()[1]
    course.lab("5.1", f"port = {port}\n", server="")
    script = "import sys; from lab import ports; ports.holders = lambda port: []; from lab.cli import main; sys.exit(main(['run', '5.1']))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=course.environ(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, f"sudo lsof -i :{port}" in done.stderr) == (2, True)


def test_free_port_is_no_obstacle(course: Course) -> None:
    """The server starts, and starts again."""
    port = free_port()
    course.lab("5.1", f"port = {port}\n", server=SERVER.format(port))
    for _ in range(2):
        child = pexpect.spawn(
            sys.executable,
            ["-m", "lab", "run", "5.1"],
            env=course.environ(),
            encoding="utf-8",
            timeout=30,
        )
        child.expect("SERVING")
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
        child.expect(pexpect.EOF)


def test_connection_alone_holds_no_port(course: Course) -> None:
    """A client that is still connected does not keep the next server from starting."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = listener.accept()
    course.lab("5.1", f"port = {port}\n", server="print('STARTED')\n")
    with client, accepted:
        assert course.run("run", "5.1").stdout == "STARTED\n"


def test_service_that_holds_the_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit is stopped by systemctl: it would come back after a kill."""
    from lab import ports

    texts = {
        "/proc/7/cmdline": "python3\0server.py\0",
        "/proc/7/cgroup": "0::/system.slice/system-x.slice/coursebox-server@6.2:thread.service\n",
    }
    monkeypatch.setattr(ports, "_text", lambda path: texts.get(path, ""))
    holder = ports._holder(7)
    assert holder == (7, "python3 server.py", "coursebox-server@6.2:thread.service")


def test_root_is_asked_for(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`sudo` asks for the password; whoever is root already is not asked."""
    from lab.verbs import run

    course.lab("5.1", "sudo = true\n", one="")
    monkeypatch.setenv("HOME", str(course.home))
    monkeypatch.setenv("COURSEBOX_LABFILES", str(course.labfiles))
    commands: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda path, command: commands.append([path, *command]))
    own = os.geteuid()
    for user in (own or 1000, 0):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        run.run(argparse.Namespace(id="5.1", example=None))
    program = str(course.example("5.1"))
    assert commands == [
        ["/usr/bin/sudo", "/usr/bin/sudo", "--", "/usr/bin/python3", program],
        ["/usr/bin/python3", "/usr/bin/python3", program],
    ]
    assert "sudo 可能会问你的密码" in capsys.readouterr().err


def test_missing_interpreter_is_the_machines_fault(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3."""
    from lab.errors import BrokenError
    from lab.verbs import run

    monkeypatch.setenv("HOME", str(course.home))
    monkeypatch.setenv("COURSEBOX_LABFILES", str(course.labfiles))
    monkeypatch.setattr(run, "_INTERPRETERS", {".py": "/nonexistent/python3"})
    with pytest.raises(BrokenError, match="/nonexistent/python3"):
        run.run(argparse.Namespace(id="4.1", example=None))
