"""The course user's account and the ways into the machine."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator

import pytest
from testinfra.host import Host

from tests.machine import expected
from tests.support.seat import Seat

BY_PASSWORD = (
    "-o",
    "PubkeyAuthentication=no",
    "-o",
    "PasswordAuthentication=yes",
    "-o",
    "PreferredAuthentications=password,keyboard-interactive",
    "-o",
    "NumberOfPasswordPrompts=1",
)


def test_home(host: Host) -> None:
    """Where the course's paths lead."""
    assert host.user(expected.USER).home == expected.HOME


def test_home_belongs_to_the_user(host: Host) -> None:
    """Owner and mode are the same on every suite."""
    home = host.file(expected.HOME)
    assert (home.user, home.group, oct(home.mode)) == (
        expected.USER,
        expected.USER,
        oct(expected.HOME_MODE),
    )


def test_shell(host: Host) -> None:
    """useradd would have given sh."""
    assert host.user(expected.USER).shell == expected.SHELL


@pytest.mark.core
def test_logs_in_with_a_key(seat: Seat) -> None:
    """How `make ssh` and `vagrant ssh` come in."""
    command = [*seat.ssh("-o", "BatchMode=yes"), seat.name, "whoami"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.stdout == expected.USER + "\n", result.stderr


@pytest.mark.core
def test_logs_in_with_the_password(seat: Seat) -> None:
    """How a student comes in."""
    with seat.terminal("whoami", options=BY_PASSWORD) as login:
        login.password()
        login.wait(rf"^{expected.USER}$")


def test_wrong_password_is_refused(seat: Seat) -> None:
    """Absence as well as presence."""
    with seat.terminal("whoami", options=BY_PASSWORD) as login:
        login.password("wrong-" + expected.PASSWORD)
        assert login.ended() == 255
        assert "denied" in login.text


@pytest.fixture
def root_password(root: Host) -> Iterator[str]:
    """A password that root has for the length of one test."""
    password = "only-for-this-test"
    before = root.check_output("getent shadow root | cut -d: -f2")
    root.check_output("echo %s | chpasswd", f"root:{password}")
    yield password
    root.check_output("usermod --password %s root", before)


def test_root_cannot_use_a_password(seat: Seat, root_password: str) -> None:
    """Even the right one is refused."""
    with seat.terminal("whoami", user="root", options=BY_PASSWORD) as login:
        login.password(root_password)
        assert login.ended() == 255
        assert "denied" in login.text


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("permitrootlogin", {"no", "prohibit-password", "without-password"}),
        ("passwordauthentication", {"yes"}),
        ("pubkeyauthentication", {"yes"}),
        ("permitemptypasswords", {"no"}),
        ("x11forwarding", {"no"}),
    ],
)
def test_sshd_setting(root: Host, option: str, values: set[str]) -> None:
    """What counts is what sshd makes of all its files."""
    lines = root.check_output("sshd -T").splitlines()
    # Newer releases print the keywords in capitals and small letters.
    settings = {name.lower(): value for name, _, value in (line.partition(" ") for line in lines)}
    assert settings[option] in values


def test_sshd_configuration_is_valid(root: Host) -> None:
    """A restart must never lock everybody out."""
    assert root.run("sshd -t").rc == 0


@pytest.mark.core
def test_ssh_port_answers(seat: Seat) -> None:
    """The banner, from where the tests are."""
    shown = subprocess.check_output(["ssh", "-F", seat.config, "-G", seat.name], text=True)
    options = dict(line.split(" ", 1) for line in shown.splitlines() if " " in line)
    address = (options["hostname"], int(options["port"]))
    with socket.create_connection(address, timeout=20) as peer:
        assert peer.recv(100).startswith(b"SSH-2.0-")


def test_ssh_listens_on_port_22(host: Host) -> None:
    """On the machine itself."""
    assert host.socket("tcp://22").is_listening
