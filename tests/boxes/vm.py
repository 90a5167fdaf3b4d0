"""A virtual machine that `make up` makes, as the tests of virtual machines and of VirtualBox share it."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from tests.boxes.box import SUITE, Box
from tests.checkout import Checkout, expect_machine_tests, free_port_settings

# Emulated, on two processors that carry other work as well.
DEADLINE = 900.0


class Vm:
    """What `make up` makes of a box, and the settings that it is made with."""

    def __init__(self, checkout: Checkout, **settings: str) -> None:
        self.checkout = checkout
        self.settings = {
            "suite": SUITE,
            **free_port_settings(),
            **settings,
        }

    @property
    def log(self) -> str:
        """What Vagrant said last."""
        log = self.checkout.root / "build/log/vagrant.log"
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def make(self, *words: str) -> str:
        """Carry out a verb that must not fail; return what it said."""
        done = self.checkout.run("make", *words, **self.settings)
        assert done.returncode == 0, done.stdout + done.stderr + self.log[-3000:]
        return done.stdout + done.stderr

    def up_until(self, said: str) -> None:
        """Start `make up` and kill it once Vagrant says this."""
        running = self.checkout.start("make", "up", "PROVIDER=libvirt", **self.settings)
        deadline = time.monotonic() + DEADLINE
        while said not in self.log:
            if running.poll() is not None:
                pytest.fail("\n".join(running.communicate()))
            assert time.monotonic() < deadline, f"Vagrant did not say {said}: {self.log[-3000:]}"
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()

    def changed(self, seat: str) -> set[str]:
        """How much provisioning changed there; vagrant-libvirt 0.11 provisions a machine that runs already twice."""
        return set(re.findall(rf"{seat}\s*:.*changed=(\d+)", self.log))

    def ssh(self, seat: str, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as the account that provisions; who reboots meanwhile answers no more, and is given up after a minute."""
        config = self.checkout.root / "build/seats/ssh_config"
        options = (
            "BatchMode=yes",
            "ConnectTimeout=10",
            "ServerAliveInterval=15",
            "ServerAliveCountMax=4",
        )
        return subprocess.run(
            ["ssh", "-F", config, *(f"-o{option}" for option in options), seat, command],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def expect_port(self) -> None:
        """A server of the course on the machine answers on the host's port for it."""
        server = self.checkout.start("make", "ssh", "CMD=timeout 60 python3 -um http.server 8000")
        address = f"http://127.0.0.1:{self.settings['port_8000']}/"
        patient = ["--retry", "30", "--retry-delay", "1", "--retry-all-errors"]
        fetch = ["curl", "--silent", "--fail", "--noproxy", "*", *patient, address]
        got = subprocess.run(fetch, capture_output=True, check=False)
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate()
        assert got.returncode == 0

    def passes_the_machine_tests(self, seat: str) -> None:
        """The same tests as a container's."""
        expect_machine_tests(self.checkout.root / "build/seats/ssh_config", seat)


def beside(box: Box, place: pathlib.Path, **settings: str) -> Vm:
    """A machine of another checkout in `place`, made from this box."""
    made = Vm(
        Checkout(place / "coursebox"),
        box=f"coursebox/{box.name}",
        box_url=box.catalogue.as_uri(),
        **settings,
    )
    # Without boxes of earlier runs: of one whose version is not said, Vagrant takes what it has.
    made.checkout.environ["VAGRANT_HOME"] = str(place / "vagrant")
    return made
