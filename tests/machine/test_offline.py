"""With the network cut, all that the course asks for still works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from testinfra.host import Host

from tests.support.seat import Seat
from tests.support.terminal import ENTER, Terminal


@pytest.fixture
def unplugged(seat: Seat) -> Iterator[Terminal]:
    """The student's terminal on the machine without a network."""
    with seat.offline_terminal() as shell:
        shell.prompt()
        yield shell


def test_network_is_cut(unplugged: Terminal) -> None:
    """Without this the other tests here prove nothing."""
    assert unplugged.run("ip route show default") == ""


@pytest.fixture
def no_sl(root: Host) -> Iterator[None]:
    """The machine before the exercise and after it."""
    yield
    root.run("DEBIAN_FRONTEND=noninteractive apt-get purge -y sl")


def test_apt_installs_sl_again_and_again(unplugged: Terminal, student: Host, no_sl: None) -> None:
    """3.2: install, remove with its configuration, install once more."""
    unplugged.send("sudo -v" + ENTER)
    unplugged.password()
    unplugged.prompt()
    seen = []
    for command in ("install", "remove --purge", "install"):
        unplugged.run(f"sudo apt {command} -y sl", timeout=120)
        seen.append(student.run("test -x /usr/games/sl").rc == 0)
    assert seen == [True, False, True], unplugged.text[-3000:]


@pytest.fixture
def no_pypinyin(student: Host) -> Iterator[None]:
    """The student's Python before the exercise and after it."""
    yield
    student.run("pip3 uninstall --yes pypinyin")


def test_pip_installs_pypinyin(unplugged: Terminal, no_pypinyin: None) -> None:
    """3.3: exactly these two words and the name, no further option, no refusal."""
    shown = unplugged.run("pip3 install pypinyin", timeout=120)
    assert "Successfully installed pypinyin" in shown, shown
    program = "from pypinyin import lazy_pinyin as p; print(*p('你好'))"
    assert unplugged.run(f'python3 -c "{program}"').strip() == "ni hao"


def test_pip_uninstalls_pypinyin(unplugged: Terminal, no_pypinyin: None) -> None:
    """3.3 as well."""
    unplugged.run("pip3 install pypinyin", timeout=120)
    unplugged.run("pip3 uninstall -y pypinyin", timeout=60)
    assert "not found" in unplugged.run("LC_ALL=C pip3 show pypinyin")
