"""Every example of every lab, run as the student runs it, with the network cut."""

from __future__ import annotations

import re
from typing import Any

import pytest
from testinfra.host import Host

from tests.machine import expected
from tests.machine.conftest import run_id
from tests.support import labfiles
from tests.support.labfiles import Example
from tests.support.seat import Seat
from tests.support.terminal import ESCAPES

ALL = labfiles.examples()
PLAIN = [example for example in ALL if not example.port and not example.sudo]
ROOT = [example for example in ALL if example.sudo]
FORKING = [
    example for example in PLAIN if example.chapter in "456" and example.uses_multiprocessing
]


def check(example: Example, output: str) -> None:
    """Each pattern of `shows` matches behind the one before it."""
    position = 0
    for pattern in example.shows:
        match = re.compile(pattern, re.M).search(output, position)
        assert match, f"{pattern!r} does not come (there) in the output of {example.key}:\n{output}"
        position = match.end()


def judge(example: Example, result: dict[str, Any]) -> None:
    """Shows everything that a run left behind when it is not as it should be."""
    told = f"{example.key} gave\n{result['out']}\nand as errors\n{result['err']}"
    assert not result["late"], f"not at its end after {result['seconds']} s; {told}"
    assert result["rc"] == 0, f"exit code {result['rc']}; {told}"
    check(example, ESCAPES.sub("", result["out"]))
    assert "Traceback" not in result["out"] + result["err"], told
    assert not result["left"], f"still running: {result['left']}"


@pytest.mark.parametrize("example", PLAIN, ids=lambda example: example.key)
def test_example(runs: dict[str, Any], example: Example) -> None:
    """It shows what its lab promises."""
    judge(example, runs[run_id(example, None)])


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("example", FORKING, ids=lambda example: example.key)
def test_example_under_start_method(runs: dict[str, Any], example: Example, method: str) -> None:
    """It shows the same however this or another Python starts processes."""
    judge(example, runs[run_id(example, method)])


@pytest.mark.parametrize("example", ROOT, ids=lambda example: example.key)
def test_example_with_sudo(seat: Seat, example: Example) -> None:
    """`lab run` lets sudo ask for the password, then the program shows what it should."""
    with seat.terminal(f"lab run {example.key}") as terminal:
        terminal.password()
        for line in example.stdin:
            terminal.send(line + "\r")
        code = terminal.ended(timeout=example.seconds * 3)
        check(example, terminal.unread)
        assert code == 0, terminal.text


def test_nothing_is_left_running(student: Host, runs: dict[str, Any]) -> None:
    """Programs of labs that outlive their run would hold ports and processors."""
    left = student.run("pgrep --full --list-full --euid %s /examples/", expected.USER)
    assert left.stdout == ""
