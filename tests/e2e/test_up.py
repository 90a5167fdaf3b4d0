"""The README's way: `make up` from a new clone, killed on the way, then a machine that works; Vagrant's verbs, `make down`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.checkout import Checkout, expect_machine_tests, free_port_settings

DEADLINE = 600.0
CHANGED = re.compile(r"seat01\s*:.*changed=(\d+)")


@pytest.fixture(scope="module")
def ports() -> dict[str, str]:
    """Ports that no other machine of this host uses."""
    return free_port_settings()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, ports: dict[str, str]) -> Iterator[Checkout]:
    """A new clone; its machines go when the tests are done."""
    copy = Checkout(tmp_path_factory.mktemp("clone") / "coursebox")
    yield copy
    copy.run("make", "down", "YES=1", **ports)


@pytest.fixture(scope="module")
def machine(checkout: Checkout, ports: dict[str, str]) -> str:
    """What `make up` says at its end, after an earlier one was killed in the middle of provisioning."""
    first = checkout.start("make", "up", **ports)
    log = checkout.root / "build/log/provision.log"
    deadline = time.monotonic() + DEADLINE
    while "：配置 packages" not in (log.read_text() if log.exists() else ""):
        if first.poll() is not None:
            out, err = first.communicate()
            pytest.fail(f"make up ended by itself, with {first.returncode}:\n{out}\n{err}")
        assert time.monotonic() < deadline, "make up did not come to provisioning"
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    again = checkout.run("make", "up", **ports)
    assert again.returncode == 0, again.stdout + again.stderr
    return again.stdout


def test_the_banner_says_how_to_go_on(machine: str, ports: dict[str, str]) -> None:
    """How to log in, where to start, which ports reach the machine."""
    for word in ("make ssh", "lab", *ports.values()):
        assert word in machine


def test_the_machine_passes_the_machine_tests(checkout: Checkout, machine: str) -> None:
    """The same tests as Molecule's, against the machine that Vagrant made."""
    expect_machine_tests(checkout.root / "build/seats/ssh_config", "seat01")


def test_make_ssh_runs_a_command_as_the_course_user(checkout: Checkout, machine: str) -> None:
    """Quotes and dollars of CMD reach the machine unharmed."""
    command = """CMD=printf '%s|' "$(whoami)" "$(hostname)" 'a b'"""
    assert "tarena|tedu|a b|" in checkout.run("make", "ssh", command).stdout


def test_the_hosts_loopback_reaches_a_server(
    checkout: Checkout, machine: str, ports: dict[str, str]
) -> None:
    """A server that a student starts answers on the host's port."""
    server = checkout.start("make", "ssh", "CMD=timeout 20 python3 -u -m http.server 8000", **ports)
    fetch = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=5).status)"
    address = f"http://127.0.0.1:{ports['port_8000']}/"
    deadline = time.monotonic() + 20
    while True:
        got = subprocess.run(
            [sys.executable, "-c", fetch, address], capture_output=True, text=True, check=False
        )
        if got.stdout.strip() == "200":
            break
        assert time.monotonic() < deadline, got.stderr
    os.killpg(server.pid, signal.SIGTERM)
    server.communicate()


def test_a_second_make_up_changes_nothing(
    checkout: Checkout, machine: str, ports: dict[str, str]
) -> None:
    """Idempotence through the front door, and no student's file is touched."""
    wrote = checkout.run("make", "ssh", "CMD=echo mine > labs/1.2/examples/mine.txt")
    assert wrote.returncode == 0, wrote.stderr
    again = checkout.run("make", "up", **ports)
    assert again.returncode == 0, again.stderr
    recap = (checkout.root / "build/log/provision.log").read_text()
    assert CHANGED.findall(recap) == ["0"], recap[-2000:]
    kept = checkout.run("make", "ssh", "CMD=cat labs/1.2/examples/mine.txt")
    assert "mine" in kept.stdout


def vagrant(checkout: Checkout, *arguments: str, **settings: str) -> str:
    """What Vagrant prints, which must not fail."""
    done = checkout.run("vagrant", *arguments, **settings)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_vagrants_verbs_work_on_the_very_same_machine(
    checkout: Checkout, machine: str, ports: dict[str, str]
) -> None:
    """Whoever made it: looked at, entered, provisioned, switched off and on; the work stays."""
    assert "running" in vagrant(checkout, "status")
    assert vagrant(checkout, "ssh", "--command", "whoami").strip() == "vagrant"
    assert f"Port {ports['port_ssh']}\n" in vagrant(checkout, "ssh-config")
    assert CHANGED.findall(vagrant(checkout, "provision")) == ["0"]
    # What a seat cannot do is said in one line.
    suspended = checkout.run("vagrant", "suspend")
    assert suspended.returncode != 0
    assert "没有 vagrant suspend" in suspended.stderr
    vagrant(checkout, "halt")
    assert "stopped" in vagrant(checkout, "status")
    assert checkout.run("vagrant", "ssh", "--command", "true").returncode != 0
    vagrant(checkout, "up")
    vagrant(checkout, "reload")
    kept = checkout.run("make", "ssh", "CMD=cat labs/1.2/examples/mine.txt")
    assert "mine" in kept.stdout, kept.stderr


def test_make_down_asks_when_work_stands_there(checkout: Checkout, machine: str) -> None:
    """Also where it stands outside ~/labs. Without an answer nothing is destroyed; with YES=1 it is."""
    only = "rm labs/1.2/examples/mine.txt; echo mine > notes.txt"
    assert checkout.run("make", "ssh", f"CMD={only}").returncode == 0
    refused = checkout.run("make", "down")
    assert refused.returncode != 0
    assert "YES=1" in refused.stderr
    assert "~/notes.txt" in refused.stderr
    assert "tarena" in checkout.run("make", "ssh", "CMD=whoami").stdout
    assert checkout.run("make", "down", "YES=1").returncode == 0
    assert "没有课程机器" in checkout.run("make", "down").stdout
    assert "absent" in vagrant(checkout, "status")


def test_vagrant_up_alone_does_the_same(checkout: Checkout, ports: dict[str, str]) -> None:
    """Where Vagrant and a provider stand, nothing else is needed."""
    vagrant(checkout, "up", **ports)
    assert "tarena" in checkout.run("make", "ssh", "CMD=whoami", **ports).stdout
    assert checkout.run("make", "down", **ports).returncode == 0, "nobody has worked there yet"


def test_vagrant_destroys_it(checkout: Checkout, ports: dict[str, str]) -> None:
    """The engine has no trace of it afterwards."""
    vagrant(checkout, "up", "--no-provision", **ports)
    vagrant(checkout, "destroy", "--force")
    assert "没有课程机器" in checkout.run("make", "down").stdout
