"""vim for Chinese text and Python, also for a user without a configuration of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from testinfra.host import Host

from tests.machine import expected
from tests.support.terminal import ENTER, ESCAPE, Terminal


@pytest.fixture
def plain(put_aside: Callable[[str], None], terminal: Terminal) -> Terminal:
    """A terminal of a student who has no ~/.vimrc."""
    put_aside(f"{expected.HOME}/.vimrc")
    put_aside(f"{expected.HOME}/.vim")
    return terminal


def edit(terminal: Terminal, path: str, keys: str) -> None:
    """Opens a file, types, saves and leaves."""
    terminal.send(f"vim {path}{ENTER}")
    terminal.wait(r"~ {20}")
    terminal.send(keys + ESCAPE)
    terminal.send(":wq" + ENTER)
    terminal.prompt()


def test_chinese_text_is_saved_as_utf8(plain: Terminal, student: Host, scratch: str) -> None:
    """3.1: typed, shown and saved."""
    edit(plain, f"{scratch}/a.txt", "i你好，世界")
    assert student.file(f"{scratch}/a.txt").content == "你好，世界\n".encode()


def test_python_is_indented_by_spaces(plain: Terminal, student: Host, scratch: str) -> None:
    """Enter after a colon goes on one step further, with spaces."""
    edit(plain, f"{scratch}/a.py", f"idef f():{ENTER}return '好'{ENTER}")
    lines = student.file(f"{scratch}/a.py").content.decode().splitlines()
    assert lines[:2] == ["def f():", f"{expected.INDENT}return '好'"]


def test_tab_key_gives_spaces_in_python(plain: Terminal, student: Host, scratch: str) -> None:
    """A mix of tabs and spaces is the beginner's first TabError."""
    edit(plain, f"{scratch}/a.py", "i\tpass")
    assert student.file(f"{scratch}/a.py").content.decode() == f"{expected.INDENT}pass\n"


def test_text_in_gb18030_is_read(plain: Terminal, student: Host, scratch: str) -> None:
    """Files from a Chinese Windows open readably."""
    student.check_output("echo 中文编码 | iconv -t GB18030 > %s/a.txt", scratch)
    plain.send(f"vim {scratch}/a.txt{ENTER}")
    plain.wait("中文编码")


def test_line_numbers_are_shown(plain: Terminal, scratch: str) -> None:
    """Error messages name lines."""
    plain.send(f"vim {scratch}/a.txt{ENTER}")
    plain.wait(r"~ {20}")
    plain.send("ofirst" + ESCAPE)
    plain.wait(r"\b2 first")
