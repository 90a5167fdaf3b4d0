"""The line that a seat gets where a playbook did not work on it, or where something is told."""

from __future__ import annotations

import types
from typing import Any

import pytest

from classroom import seats
from host import provision
from plugins.action import course_probe
from plugins.callback import class_outcomes


def reason(kind: str, **content: Any) -> str:
    """Returns what is kept of one result."""
    callback = class_outcomes.CallbackModule()
    host = types.SimpleNamespace(get_name=lambda: "seat01")
    result = types.SimpleNamespace(_host=host, _result=content)
    getattr(callback, f"v2_runner_on_{kind}")(result)
    return callback._reasons["seat01"]


@pytest.mark.parametrize("words", ["", "Failed to connect to the host via ssh:", " \n"])
def test_reason_is_never_empty(words: str) -> None:
    """ssh says nothing where the power goes in the middle of a command."""
    said = reason("unreachable", msg=words)
    assert "连不上：连接断了" in said
    assert "再运行一次" in said


def test_words_of_a_command_are_kept() -> None:
    """They tell more than its exit code."""
    assert reason("failed", rc=1, stdout="~/labs 是一个链接\n", msg="non-zero") == (
        "没有做完：~/labs 是一个链接"
    )


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ("sudo: a password is required", "NOPASSWD"),
        ("sudo: 需要密码", "NOPASSWD"),
        ("Missing sudo password", "NOPASSWD"),
        ("sudo: /etc/sudoers.d is owned by uid 1001, should be 0", "chown root: /etc/sudoers"),
        ("/usr/bin/sudo must be owned by uid 0 and have the setuid bit set", "chmod 4755"),
        ("/bin/sh: 1: sudo: not found", "apt-get install --reinstall sudo"),
        ("cannot create /run/x: No space left on device", "df -h"),
        ("tell 座位正忙，make remove 还没有做完", "等得太久了"),
        ("", "重启座位"),
    ],
)
def test_unanswered_probe_names_a_cure(words: str, cure: str) -> None:
    """Whatever the seat said instead of an answer."""
    assert cure in course_probe.unanswered(words)


def test_what_a_seat_tells_steers_no_terminal() -> None:
    """A student names files, and the probe names them."""
    said = course_probe.answers("tell /home/x\x1b[2J\n")
    assert said["tell"] == ["/home/x?[2J"]


def test_busy_seat_is_told_while_it_is_waited_for(capfd: pytest.CaptureFixture[str]) -> None:
    """Each time that Ansible tries again; what the seat says is one line, and steers no terminal."""
    callback = class_outcomes.CallbackModule()
    host = types.SimpleNamespace(get_name=lambda: "seat01")
    content = {"rc": 75, "stdout": "座位正忙，make \x1bremove 还没有做完\r\n"}
    callback.v2_runner_retry(types.SimpleNamespace(_host=host, _result=content))
    (line,) = capfd.readouterr().out.splitlines()
    assert line == "seat01：座位正忙，make �remove 还没有做完"
    assert seats._BUSY.findall(f"TASK [x]\n{line}\nok\n") == [line]


def test_make_up_tells_for_whom_a_seat_waits() -> None:
    """As the probe says it, between the roles as their turn comes."""
    said: list[str] = []
    watch = provision.role_watch(said.append)
    busy = [
        "seat01：座位正忙，make remove 还没有做完",
        "seat01: the seat is busy: make remove has not ended",
    ]
    turns = [
        "TASK [preflight : Say why roles are due] ***",
        "seat01：配置 users",
        "seat02：配置 users",
        "seat01: provisioning ca_certificates",
        "TASK [Carry out the roles that are due] ***",
    ]
    for line in (*turns, *busy):
        watch(line)
    assert said == ["配置 preflight", "配置 users", "配置 ca_certificates", *busy]
