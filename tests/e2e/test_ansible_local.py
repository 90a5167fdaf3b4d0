"""A machine that provisions itself: no Ansible on the host, wheels that its box brought, or an index.

One machine lives through it all: bare and without an index at first, its Vagrant killed on the way; at last it gets its Ansible
from the network.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from host import wheels
from host.paths import ROOT
from host.suites import SUITES
from tests.support.checkout import Checkout
from tests.support.processes import kill_when
from tests.support.recap import changed
from tests.support.ssh import SshMachine

SUITE = "trixie"
PYTHON = SUITES[SUITE].python
WORK = "labs/1.2/examples/mine.txt"
# On the machine's own loopback, where nobody listens.
CLOSED = "http://127.0.0.1:9/simple"
PLAYBOOK = "pgrep -f '[v]env/bin/ansible-playbook' >/dev/null"


class Guest(SshMachine):
    """The machine, driven by Vagrant alone, and the checkout that it belongs to."""

    def __init__(self, checkout: Checkout) -> None:
        super().__init__("seat01", checkout.root / "build/ssh_config")
        self.checkout = checkout

    def provision(self, **settings: str) -> str:
        """Provision; return what Vagrant printed."""
        return self.checkout.out("vagrant", "provision", **settings)


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """A bare machine with the wheels that a box brings along."""
    place = tmp_path_factory.mktemp("clone")
    made = Guest(Checkout(place / "coursebox", provisioner="ansible_local", suite=SUITE))
    made.checkout.out("vagrant", "up", "--provider=docker", "--no-provision")
    config = Path(made.ssh_config)
    config.write_text(made.checkout.out("vagrant", "ssh-config"), encoding="utf-8")
    wheels.gather(place / "wheels", PYTHON, print)
    tar = subprocess.run(
        ["tar", "-cC", str(place / "wheels"), "."], capture_output=True, check=True
    )
    target = wheels.ON_SEAT
    made.out(f"mkdir -p {target} && tar -xC {target} --no-same-owner", stdin=tar.stdout)
    yield made
    made.checkout.run("make", "down", "YES=1")


@pytest.fixture(scope="module")
def provisioned(guest: Guest) -> str:
    """What Vagrant printed when it provisioned, without an index, after an earlier one was killed in the middle."""
    first = guest.checkout.start("vagrant", "provision", python_index=CLOSED)
    there = f"{PLAYBOOK} && getent passwd tarena"
    kill_when(lambda: guest.run(there).returncode == 0, first)
    return guest.provision(python_index=CLOSED)


def test_the_host_has_no_ansible(guest: Guest, provisioned: str) -> None:
    """Neither before nor because of it."""
    assert shutil.which("ansible-playbook", path=guest.checkout.environ["PATH"]) is None
    assert not (guest.checkout.root / ".venv").exists()
    assert "Running provisioner: ansible_local" in provisioned


def test_ansible_came_from_the_wheels(guest: Guest, provisioned: str) -> None:
    """The versions that requirements/ansible.txt pins for the machine's Python."""
    pins = (ROOT / "requirements/ansible.txt").read_text("utf-8")
    (core,) = re.findall(r"^(ansible-core==\S+); python_version >= \"3\.12\"", pins, re.M)
    listed = guest.out("/opt/coursebox-ansible/venv/bin/pip freeze")
    assert core in listed.splitlines()


def test_the_machine_passes_the_machine_tests(guest: Guest, provisioned: str) -> None:
    """The same tests as for a machine that the host provisioned."""
    guest.passes_the_machine_tests()


def test_a_second_provisioning_changes_nothing(guest: Guest, provisioned: str) -> None:
    """Nor does it touch what a student wrote; what the host has removed goes from the machine."""
    stray = guest.checkout.root / "classroom/stray.py"
    stray.write_text("", encoding="utf-8")
    guest.out(f"runuser -u tarena -- sh -c 'echo mine > ~tarena/{WORK}'")
    there = "test -e /opt/coursebox-ansible/checkout/classroom/stray.py"
    assert changed(guest.provision(python_index=CLOSED)) == [0]
    guest.out(there)
    stray.unlink()
    again = guest.provision(python_index=CLOSED)
    assert changed(again) == [0]
    assert "安装" not in again
    assert guest.run(there).returncode == 1
    assert guest.out(f"cat ~tarena/{WORK}") == "mine"


def test_make_up_does_the_same(guest: Guest, provisioned: str) -> None:
    """It finds the machine as it should be, and makes no virtual environment on the host."""
    banner = guest.checkout.out("make", "up", "PROVIDER=docker", python_index=CLOSED)
    log = guest.checkout.log("provision")
    assert changed(log) == [0], log[-3000:]
    assert "make ssh" in banner
    assert not (guest.checkout.root / ".venv").exists()


def test_wheels_of_an_older_course_are_not_taken(guest: Guest, provisioned: str) -> None:
    """Then the index is asked; where it does not answer, one message says so, and nothing half-made counts."""
    guest.out(f"echo {PYTHON} older | tee {wheels.ON_SEAT}/{wheels.MADE_FOR}")
    guest.out("rm /opt/coursebox-ansible/venv/made-for")
    refused = guest.checkout.run("vagrant", "provision", python_index=CLOSED)
    assert refused.returncode != 0
    messages = [line for line in refused.stdout.splitlines() if "python_index" in line]
    assert len(messages) == 1, refused.stdout + refused.stderr
    assert "PLAY [" not in refused.stdout
    assert guest.run("test -e /opt/coursebox-ansible/venv/made-for").returncode == 1


def test_ansible_comes_from_the_index_as_well(guest: Guest, provisioned: str) -> None:
    """Through a proxy that signs anew, too: the host's authorities come along."""
    guest.out("rm -rf /opt/coursebox-ansible")
    output = guest.provision()
    assert "在机器上安装 Ansible" in output
    # pip's configuration names the closed index no more; that is all there is to change.
    assert changed(output) == [1], output[-3000:]


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
