"""Boxes served on a network: Vagrant adds them by their catalogue, also after a download that was broken off."""

from __future__ import annotations

import os
import pathlib
import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.box import SUITE, Box
from tests.support.checkout import Checkout, free_ports
from tests.support.processes import kill, wait_until

DEADLINE = 120.0


class Server:
    """`make serve-boxes`, and where it serves."""

    def __init__(self, box: Box, log: pathlib.Path) -> None:
        (port,) = free_ports(1)
        self.catalogue = f"http://127.0.0.1:{port}/{SUITE}.json"
        self.settings = {"serve_address": "127.0.0.1", "serve_port": str(port)}
        self.log = log
        with log.open("wb") as sink:
            self.process = subprocess.Popen(
                ["make", "serve-boxes"], cwd=box.checkout.root, stdin=subprocess.DEVNULL,
                env=box.checkout.environ
                | {"COURSEBOX_SERVE_ADDRESS": "127.0.0.1", "COURSEBOX_SERVE_PORT": str(port)},
                stdout=sink, stderr=sink, start_new_session=True,
            )  # fmt: skip

        def answers() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_until(answers, self.process, log.read_text, DEADLINE)

    def pids(self) -> list[int]:
        """The server's own processes."""
        found = subprocess.run(
            ["pgrep", "--session", str(self.process.pid), "--full", "bin/twist"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return [int(pid) for pid in found.stdout.split()]


@pytest.fixture
def server(box: Box, tmp_path: pathlib.Path) -> Iterator[Server]:
    """One that is ended by ctrl-c, at once and with a word."""
    running = Server(box, tmp_path / "server.log")
    yield running
    os.killpg(running.process.pid, signal.SIGINT)
    running.process.wait(10)
    assert "不再提供 box" in running.log.read_text()


def test_a_download_that_was_broken_off_goes_on(
    box: Box, server: Server, tmp_path: pathlib.Path
) -> None:
    """The second time only the rest is sent, and the checksum of the whole is right."""
    home = tmp_path / "vagrant"
    command = ["vagrant", "box", "add", "--provider=libvirt", server.catalogue]
    environ = box.checkout.environ | {"VAGRANT_HOME": str(home)}
    first = subprocess.Popen(
        command, cwd=tmp_path, env=environ, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    # The catalogue comes before it, and is smaller.
    some, whole = 2**20, box.packed("libvirt").stat().st_size

    def partly_there() -> bool:
        came = max([part.stat().st_size for part in home.glob("tmp/box*")], default=0)
        return some < came < whole

    wait_until(partly_there, first, seconds=DEADLINE, pause=0.001)
    for pid in server.pids():
        os.kill(pid, signal.SIGSTOP)
    kill(first)
    for pid in server.pids():
        os.kill(pid, signal.SIGCONT)
    added = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert added.returncode == 0, added.stdout + added.stderr
    assert f'{box.packed("libvirt").name} HTTP/1.1" 206 ' in server.log.read_text()


def test_the_words_for_students_are_printed(server: Server) -> None:
    """What they put into settings/local.yml."""
    assert f"box: coursebox/{SUITE}" in server.log.read_text()
    assert f"box_url: {server.catalogue}" in server.log.read_text()


def test_a_port_that_is_taken_is_told(box: Box, server: Server) -> None:
    """With the setting's name and a port that may be free."""
    refused = box.checkout.run("make", "serve-boxes", **server.settings)
    assert refused.returncode != 0
    assert "serve_port" in refused.stderr


def test_nothing_to_serve_is_told(tmp_path: pathlib.Path) -> None:
    """And how to come by a box."""
    refused = Checkout(tmp_path / "coursebox").run("make", "serve-boxes")
    assert refused.returncode != 0
    assert "make box" in refused.stderr
