"""A machine that provisions itself: no Ansible on the host, wheels that its box brought, or an index.

One machine lives through it all: bare and without an index at first, its Vagrant killed on the way; at last it gets its Ansible
from the network.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from host import wheels
from host.paths import ROOT
from host.suites import SUITES
from tests.checkout import Checkout, expect_machine_tests, free_port_settings

DEADLINE = 600.0
SUITE = "trixie"
PYTHON = SUITES[SUITE].python
WORK = "labs/1.2/examples/mine.txt"
PLAYBOOK = "pgrep -f '[v]env/bin/ansible-playbook' >/dev/null"


class Guest:
    """The machine, driven by Vagrant alone."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.ports = free_port_settings()
        self.settings = {**self.ports, "provisioner": "ansible_local", "suite": SUITE}
        # On the machine's own loopback, where nobody listens.
        self.closed = "http://127.0.0.1:9/simple"
        self.ssh_config = checkout.root / "build/ssh_config"

    def vagrant(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run Vagrant with this machine's settings and more."""
        return self.checkout.run("vagrant", *arguments, **self.settings, **settings)

    def provision(self, **settings: str) -> str:
        """Provision; return what Vagrant printed."""
        done = self.vagrant("provision", **settings)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout

    def ssh(self, command: str, given: bytes | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command on the machine as the provisioning account."""
        done = subprocess.run(
            ["ssh", "-F", str(self.ssh_config), "-o", "LogLevel=ERROR", "seat01", command],
            input=given, capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        return subprocess.CompletedProcess(
            command, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def out(self, command: str, given: bytes | None = None) -> str:
        """The same for a command that must not fail."""
        done = self.ssh(command, given)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def changed(output: str) -> list[str]:
    """The numbers of changes in Ansible's recap."""
    return re.findall(r"seat01\s*:.*changed=(\d+)", output)


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """A bare machine with the wheels that a box brings along."""
    place = tmp_path_factory.mktemp("clone")
    made = Guest(Checkout(place / "coursebox"))
    up = made.vagrant("up", "--provider=docker", "--no-provision")
    assert up.returncode == 0, up.stdout + up.stderr
    made.ssh_config.write_text(made.vagrant("ssh-config").stdout, encoding="utf-8")
    wheels.gather(place / "wheels", PYTHON, print)
    tar = subprocess.run(
        ["tar", "-cC", str(place / "wheels"), "."], capture_output=True, check=True
    )
    target = wheels.ON_SEAT
    made.out(f"sudo mkdir -p {target} && sudo tar -xC {target} --no-same-owner", tar.stdout)
    yield made
    made.checkout.run("make", "down", "YES=1", **made.ports)


@pytest.fixture(scope="module")
def provisioned(guest: Guest) -> str:
    """What Vagrant printed when it provisioned, without an index, after an earlier one was killed in the middle."""
    first = guest.checkout.start(
        "vagrant", "provision", **guest.settings, python_index=guest.closed
    )
    deadline = time.monotonic() + DEADLINE
    while guest.ssh(f"{PLAYBOOK} && getent passwd tarena").returncode:
        if first.poll() is not None:
            out, err = first.communicate()
            pytest.fail(f"provisioning ended by itself, with {first.returncode}:\n{out}\n{err}")
        assert time.monotonic() < deadline, "provisioning did not come to the course user"
        time.sleep(0.3)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    return guest.provision(python_index=guest.closed)


def test_the_host_has_no_ansible(guest: Guest, provisioned: str) -> None:
    """Neither before nor because of it."""
    assert shutil.which("ansible-playbook", path=guest.checkout.environ["PATH"]) is None
    assert not (guest.checkout.root / ".venv").exists()
    assert "Running provisioner: ansible_local" in provisioned


def test_ansible_came_from_the_wheels(guest: Guest, provisioned: str) -> None:
    """The versions that requirements/ansible.txt pins for the machine's Python."""
    (core,) = Path(ROOT / "requirements/ansible.txt").read_text("utf-8").split("ansible-core==")[3:]
    listed = guest.out("/opt/coursebox-ansible/venv/bin/pip freeze")
    assert f"ansible-core=={core.split(';')[0]}\n" in listed


def test_the_machine_passes_the_machine_tests(guest: Guest, provisioned: str) -> None:
    """The same tests as for a machine that the host provisioned."""
    expect_machine_tests(guest.ssh_config, "seat01")


def test_a_second_provisioning_changes_nothing(guest: Guest, provisioned: str) -> None:
    """Nor does it touch what a student wrote; what the host has removed goes from the machine."""
    stray = guest.checkout.root / "classroom/stray.py"
    stray.write_text("", encoding="utf-8")
    guest.out(f"sudo -u tarena sh -c 'echo mine > ~tarena/{WORK}'")
    there = "test -e /opt/coursebox-ansible/checkout/classroom/stray.py"
    assert changed(guest.provision(python_index=guest.closed)) == ["0"]
    guest.out(there)
    stray.unlink()
    again = guest.provision(python_index=guest.closed)
    assert changed(again) == ["0"]
    assert "安装" not in again
    assert guest.ssh(there).returncode == 1
    assert guest.out(f"sudo cat ~tarena/{WORK}") == "mine\n"


def test_make_up_does_the_same(guest: Guest, provisioned: str) -> None:
    """It finds the machine as it should be, and makes no virtual environment on the host."""
    up = guest.checkout.run(
        "make", "up", "PROVISIONER=ansible_local", "PROVIDER=docker",
        **guest.ports, suite=SUITE, python_index=guest.closed,
    )  # fmt: skip
    assert up.returncode == 0, up.stdout + up.stderr
    log = (guest.checkout.root / "build/log/provision.log").read_text("utf-8")
    assert changed(log) == ["0"], log[-3000:]
    assert "make ssh" in up.stdout
    assert not (guest.checkout.root / ".venv").exists()


def test_wheels_of_an_older_course_are_not_taken(guest: Guest, provisioned: str) -> None:
    """Then the index is asked; where it does not answer, one message says so, and nothing half-made counts."""
    guest.out(f"echo {PYTHON} older | sudo tee {wheels.ON_SEAT}/{wheels.MADE_FOR}")
    guest.out("sudo rm /opt/coursebox-ansible/venv/made-for")
    refused = guest.vagrant("provision", python_index=guest.closed)
    assert refused.returncode != 0
    messages = [line for line in refused.stdout.splitlines() if "python_index" in line]
    assert len(messages) == 1, refused.stdout + refused.stderr
    assert "PLAY [" not in refused.stdout
    assert guest.ssh("test -e /opt/coursebox-ansible/venv/made-for").returncode == 1


def test_ansible_comes_from_the_index_as_well(guest: Guest, provisioned: str) -> None:
    """Through a proxy that signs anew, too: the host's authorities come along."""
    guest.out("sudo rm -rf /opt/coursebox-ansible")
    output = guest.provision()
    assert "在机器上安装 Ansible" in output
    # pip's configuration names the closed index no more; that is all there is to change.
    assert changed(output) == ["1"], output[-3000:]


@pytest.mark.parametrize(
    ("python", "machine", "core"),
    [("3.10", "x86_64", "2.17"), ("3.12", "aarch64", "2.21"), ("3.14", "x86_64", "2.21")],
)
def test_wheels_are_those_of_the_machine(
    tmp_path: Path, python: str, machine: str, core: str
) -> None:
    """Also where this host's Python is another one, which would choose other packages for itself."""
    wheels.gather(tmp_path / "wheels", python, print, machine)
    names = [path.name for path in (tmp_path / "wheels").glob("*.whl")]
    assert [name for name in names if name.startswith(f"ansible_core-{core}.")]
    # It needs this one on Python 3.10 alone.
    assert any(name.startswith("typing_extensions-") for name in names) == (python == "3.10")
    tag = f"cp{python.replace('.', '')}-"
    built = [name for name in names if name.startswith("pyyaml-")]
    assert [name for name in built if tag in name and f"_{machine}." in name], built
