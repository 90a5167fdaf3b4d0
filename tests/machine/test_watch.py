"""`lab check --watch` on the machine: saves by a real editor and by the shell, beside it in a second terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.machine import expected
from tests.support import labfiles
from tests.support.seat import Seat
from tests.support.terminal import CTRL_C, ENTER, ESCAPE, Terminal

LAB = "5.3.2"
AGAIN = "保存文件就会再检查一次"
PROMPT = r"work\$ \Z"
SOLUTION = f"{expected.CURRENT}/labfiles/5/{labfiles.exercise(LAB).lab}/solution/upper.py"


@pytest.fixture
def editing(seat: Seat, scratch: str) -> Iterator[Terminal]:
    """A student's shell in the started exercise, in a home of its own."""
    seat.student.check_output("HOME=%s lab start %s", scratch, LAB)
    with seat.terminal() as shell:
        shell.prompt()
        shell.send(
            f"cp ~/.vimrc ~/.bashrc {scratch}; export HOME={scratch}; cd ~/labs/{LAB}/work{ENTER}"
        )
        shell.wait(PROMPT)
        yield shell


@pytest.fixture
def watching(seat: Seat, scratch: str, editing: Terminal) -> Iterator[Terminal]:
    """A second terminal, in which the check has failed once and waits."""
    with seat.terminal() as shell:
        shell.prompt()
        shell.send(f"HOME={scratch} lab check {LAB} --watch{ENTER}")
        assert "✗" in shell.wait(AGAIN)
        yield shell


def expect_end(watching: Terminal) -> None:
    """Ctrl-c is the way out, and no failure."""
    watching.send(CTRL_C)
    watching.wait("不再检查了")
    watching.prompt()
    assert watching.run("echo code $?").strip() == "code 0"


def test_vim(editing: Terminal, watching: Terminal) -> None:
    """Opening a file is not saving it; `:w` is, however vim writes."""
    for command in ("set backup writebackup backupcopy=no", "set nobackup backupcopy=yes"):
        editing.send(f"vim upper.py{ENTER}")
        editing.wait('"upper\\.py"')
        editing.send(f"{ESCAPE}:{command}{ENTER}:%d{ENTER}:0r {SOLUTION}{ENTER}:w{ENTER}")
        watching.wait(r"^---- \d\d:\d\d:\d\d  upper\.py 有变化 ----")
        watching.wait("全部通过")
        watching.wait(AGAIN)
        editing.send(f"{ESCAPE}:%d{ENTER}:wq{ENTER}")
        editing.wait(PROMPT)
        watching.wait(r"upper\.py 有变化")
        watching.wait("✗")
        watching.wait(AGAIN)
    expect_end(watching)


def test_shell(editing: Terminal, watching: Terminal) -> None:
    """A file that is moved over, and one that `sed -i` replaces."""
    editing.send(f"cp {SOLUTION} ../new; mv ../new upper.py{ENTER}")
    watching.wait(r"upper\.py 有变化")
    watching.wait("全部通过")
    watching.wait(AGAIN)
    editing.send(f"sed -i s/upper/lower/ upper.py{ENTER}")
    watching.wait(r"upper\.py 有变化")
    watching.wait("✗")
    watching.wait(AGAIN)
    expect_end(watching)
