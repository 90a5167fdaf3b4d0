"""Bad input through the front door: one clear message that names the value and the cure, and nothing changed."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.checkout import Checkout

pytestmark = pytest.mark.bad_input


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A new clone, which nothing is ever built in."""
    return Checkout(tmp_path_factory.mktemp("clone") / "coursebox")


def refused(checkout: Checkout, *command: str, **settings: str) -> str:
    """Run a command that must fail; return its one message, having seen that nothing was made."""
    message = checkout.refused(*command, **settings)
    assert not (checkout.root / ".venv").exists()
    assert not machines(checkout)
    return message.splitlines()[0]


def machines(checkout: Checkout) -> list[str]:
    """The machines that were made for a checkout."""
    listed = subprocess.run(
        ["docker", "ps", "-aq", "--filter", f"name={checkout.containers}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [*listed.stdout.split(), *map(str, checkout.root.glob(".vagrant/machines/*"))]


@pytest.mark.parametrize(
    ("key", "value", "cure"),
    [
        ("port_8000", "99999", "65535"),
        ("users_name", "Zhang San", "小写字母"),
        ("users_password", "", "密码"),
        ("suite", "xenial", "noble"),
        ("provider", "vbox", "docker"),
        ("memroy", "2048", "memory"),
    ],
)
def test_a_setting_that_cannot_be(checkout: Checkout, key: str, value: str, cure: str) -> None:
    """Key, value and cure stand in the one message."""
    message = refused(checkout, "make", "up", **{key: value})
    assert key in message
    assert cure in message


def test_a_local_override_with_an_unknown_key(checkout: Checkout) -> None:
    """The same rule holds for the file."""
    local = checkout.root / "settings/local.yml"
    local.write_text("sutie: noble\n", encoding="utf-8")
    try:
        assert "是不是 suite" in refused(checkout, "make", "up")
    finally:
        local.unlink()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something on this host listens on."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def test_a_port_that_is_taken(checkout: Checkout, taken: int) -> None:
    """The port, its setting, and how to find who holds it."""
    message = refused(checkout, "make", "up", port_8888=str(taken))
    assert str(taken) in message
    assert "port_8888" in message
    assert f"lsof -i :{taken}" in message


def test_a_provider_that_does_not_work(checkout: Checkout) -> None:
    """A provider that is asked for by name is not replaced behind one's back."""
    assert "virtualbox" in refused(checkout, "make", "up", "PROVIDER=virtualbox")


def test_a_seat_that_is_not_there(checkout: Checkout) -> None:
    """Logging in before there is a machine says what to do first."""
    assert "make up" in refused(checkout, "make", "ssh")


def test_a_full_disk(small_disk: Path) -> None:
    """What is left and what is needed, before anything is built."""
    message = refused(Checkout(small_disk / "coursebox"), "make", "up")
    assert "GB" in message
    assert str(small_disk) in message


def test_a_host_without_network(checkout: Checkout) -> None:
    """A host that cannot reach the archives says so, makes no machine, and carries on when the network is back."""
    assert "检查网络" in checkout.refused("unshare", "--net", "make", "up").splitlines()[0]
    assert not machines(checkout)
