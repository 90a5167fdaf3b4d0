"""The README's way: `make up` from a new clone, killed on the way, then a machine that works; Vagrant's verbs, `make down`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from host.settings import PORTS
from tests.support.checkout import Checkout
from tests.support.processes import kill_when
from tests.support.recap import changed


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A new clone; its machines go when the tests are done."""
    copy = Checkout(tmp_path_factory.mktemp("clone") / "coursebox")
    yield copy
    copy.run("make", "down", "YES=1")


@pytest.fixture(scope="module")
def machine(checkout: Checkout) -> str:
    """What `make up` says at its end, after an earlier one was killed in the middle of provisioning."""
    first = checkout.start("make", "up")
    kill_when(lambda: "：配置 packages" in checkout.log("provision"), first)
    return checkout.out("make", "up")


def test_the_banner_says_how_to_go_on(checkout: Checkout, machine: str) -> None:
    """How to log in, where to start, which ports reach the machine."""
    for word in ("make ssh", "lab", *(checkout.settings[port] for port in PORTS)):
        assert word in machine


def test_the_machine_passes_the_machine_tests(checkout: Checkout, machine: str) -> None:
    """The same tests as Molecule's, against the machine that Vagrant made."""
    checkout.seat().passes_the_machine_tests()


def test_make_ssh_runs_a_command_as_the_course_user(checkout: Checkout, machine: str) -> None:
    """Quotes and dollars of CMD reach the machine unharmed."""
    command = """CMD=printf '%s|' "$(whoami)" "$(hostname)" 'a b'"""
    assert "tarena|tedu|a b|" in checkout.run("make", "ssh", command).stdout


def test_the_hosts_loopback_reaches_a_server(checkout: Checkout, machine: str) -> None:
    """A server that a student starts answers on the host's port."""
    assert "labs/" in checkout.serves()


def test_a_second_make_up_changes_nothing(checkout: Checkout, machine: str) -> None:
    """Idempotence through the front door, and no student's file is touched."""
    checkout.out("make", "ssh", "CMD=echo mine > labs/1.2/examples/mine.txt")
    checkout.out("make", "up")
    assert changed(checkout.log("provision")) == [0], checkout.log("provision")[-2000:]
    assert "mine" in checkout.out("make", "ssh", "CMD=cat labs/1.2/examples/mine.txt")


def test_vagrants_verbs_work_on_the_very_same_machine(checkout: Checkout, machine: str) -> None:
    """Whoever made it: looked at, entered, provisioned, switched off and on; the work stays."""
    assert "running" in checkout.out("vagrant", "status")
    assert checkout.out("vagrant", "ssh", "--command", "whoami").strip() == "vagrant"
    assert f"Port {checkout.settings['port_ssh']}\n" in checkout.out("vagrant", "ssh-config")
    assert changed(checkout.out("vagrant", "provision")) == [0]
    # What a seat cannot do is said in one line.
    suspended = checkout.run("vagrant", "suspend")
    assert suspended.returncode != 0
    assert "没有 vagrant suspend" in suspended.stderr
    checkout.out("vagrant", "halt")
    assert "stopped" in checkout.out("vagrant", "status")
    assert checkout.run("vagrant", "ssh", "--command", "true").returncode != 0
    checkout.out("vagrant", "up")
    checkout.out("vagrant", "reload")
    assert "mine" in checkout.out("make", "ssh", "CMD=cat labs/1.2/examples/mine.txt")


def test_make_down_asks_when_work_stands_there(checkout: Checkout, machine: str) -> None:
    """Also where it stands outside ~/labs. Without an answer nothing is destroyed; with YES=1 it is."""
    only = "rm labs/1.2/examples/mine.txt; echo mine > notes.txt"
    checkout.out("make", "ssh", f"CMD={only}")
    refused = checkout.run("make", "down")
    assert refused.returncode != 0
    assert "YES=1" in refused.stderr
    assert "~/notes.txt" in refused.stderr
    assert "tarena" in checkout.run("make", "ssh", "CMD=whoami").stdout
    checkout.out("make", "down", "YES=1")
    assert "没有课程机器" in checkout.run("make", "down").stdout
    assert "absent" in checkout.out("vagrant", "status")


def test_vagrant_up_alone_does_the_same(checkout: Checkout) -> None:
    """Where Vagrant and a provider stand, nothing else is needed."""
    checkout.out("vagrant", "up")
    assert "tarena" in checkout.run("make", "ssh", "CMD=whoami").stdout
    assert checkout.run("make", "down").returncode == 0, "nobody has worked there yet"


def test_vagrant_destroys_it(checkout: Checkout) -> None:
    """The engine has no trace of it afterwards."""
    checkout.out("vagrant", "up", "--no-provision")
    checkout.out("vagrant", "destroy", "--force")
    assert "没有课程机器" in checkout.run("make", "down").stdout
