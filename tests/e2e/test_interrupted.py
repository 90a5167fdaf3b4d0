"""Provisioning that is killed at any moment is completed by running it again.

One machine lives through it all: killed at one point after the other, each further on than the
last, and provisioned once more each time.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import random
import sys
import time
from collections.abc import Iterator

import pytest

from tests.support.checkout import Checkout
from tests.support.machine import Machine, Run
from tests.support.processes import ends_within, kill
from tests.support.ssh import SshMachine

# dpkg's log, from where it stood before the run.
UNPACKING = "tail -n +{start} /var/log/dpkg.log | grep -q 'status half-installed'"
USER = "getent passwd tarena >/dev/null"
RELEASE = "ls /opt/coursebox/releases 2>/dev/null | grep -q incoming-"
LOCALE = "pgrep -x localedef >/dev/null"
STATE = "dpkg --audit; dpkg-query -W -f='${db:Status-Abbrev} ${Package}\\n' | grep -v '^ii'"
# How many random kills; `make kills COUNT=50` tries more. The same SEED draws the same moments.
KILLS = int(os.environ.get("KILLS") or 5)
# By which command provisioning is begun, and what is killed.
KINDS = (
    ("up", "group"),
    ("provision", "power"),
    ("vagrant", "alone"),
    ("provision", "group"),
    ("up", "power"),
)
SEED = os.environ.get("SEED") or os.urandom(4).hex()
COMMANDS = {
    "up": ("make", "up"),
    "provision": ("make", "provision"),
    "vagrant": ("vagrant", "provision"),
}
# What each of them has to do again: packages, account, locale, release, files, sshd.
UNDONE = (
    "DEBIAN_FRONTEND=noninteractive apt-get -q purge -y tree zip lsof;"
    " pkill -KILL -u tarena; userdel --force --remove tarena;"
    " rm -rf /opt/coursebox /usr/lib/locale/zh_CN* /etc/pip.conf /etc/vim/vimrc.local /usr/local/bin/lab;"
    " rm -f /etc/ssh/sshd_config.d/00-coursebox.conf /etc/profile.d/coursebox.sh; hostname bare"
)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A machine of their own, since the accidents begin on a bare one."""
    created = Machine.create("interrupted", suite="trixie")
    yield created
    created.destroy()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Where killed runs write to."""
    return tmp_path_factory.mktemp("interrupted") / "log"


@pytest.fixture(scope="module")
def scars(machine: Machine, log: pathlib.Path) -> str:
    """What dpkg says was half done when the power went, after all of the machine's accidents."""
    # The playbook dies as soon as there is a user, the power goes while dpkg unpacks.
    machine.provision_and_kill(USER, log)
    machine.cut_power()
    machine.start()
    machine.provision_and_lose(UNPACKING.format(start=lines(machine)), log)
    found = machine.run(STATE).stdout
    # The power goes while the locale is made, beside the packages; the playbook dies while it lays the release.
    machine.provision_and_lose(LOCALE, log)
    machine.out("rm -rf /opt/coursebox")
    machine.provision_and_kill(RELEASE, log)
    return found


@pytest.fixture(scope="module")
def completed(scars: str, machine: Machine) -> Run:
    """The run that nobody interrupts."""
    return machine.provision()


def lines(machine: Machine) -> int:
    """The first line that dpkg's log does not have yet."""
    return int(machine.out("cat /var/log/dpkg.log 2>/dev/null | wc -l")) + 1


def test_power_went_while_dpkg_worked(scars: str) -> None:
    """Else it went too late, and the tests below prove little."""
    assert scars


def test_next_run_completes(completed: Run) -> None:
    """Without a hand on the machine in between."""
    assert completed.rc == 0, completed.output[-5000:]


def test_packages_are_whole(completed: Run, machine: Machine) -> None:
    """No package was left half installed."""
    assert machine.run(STATE).stdout == ""


def test_machine_is_the_course_machine(completed: Run, machine: Machine) -> None:
    """The core of the machine tests passes."""
    machine.passes_the_machine_tests()


def test_run_after_that_changes_nothing(completed: Run, machine: Machine) -> None:
    """All was done, and is known to be done."""
    again = machine.provision()
    assert (again.rc, again.changed) == (0, 0), again.changes


@dataclasses.dataclass
class Door:
    """A seat of a checkout's own, and the three commands that provision it: `make up`, `make provision`, `vagrant provision`."""

    checkout: Checkout
    # How long a run takes that has all of it to do, as far as is known.
    seconds: float = 10.0

    @property
    def machine(self) -> SshMachine:
        """The seat."""
        return self.checkout.seat()

    def provision(self, way: str) -> Run:
        """Provision the seat to the end; the output has Ansible's recap."""
        done = self.checkout.run(*COMMANDS[way])
        logs = {"up": "provision", "provision": "class-site"}
        told = self.checkout.log(logs[way]) if way in logs else ""
        return Run(done.returncode, f"{told}\n{done.stdout}\n{done.stderr}")

    def interrupt(self, way: str, kind: str, chance: random.Random) -> str:
        """Begin to provision what is undone, and kill that at a moment that chance finds; return which it was.

        Killed are its process group, Vagrant alone, or the seat's power. What came to its end before is undone and begun
        again, with what is known then of how long it takes.
        """
        while True:
            self.machine.run(UNDONE)
            moment = chance.uniform(0, self.seconds)
            began = time.monotonic()
            started = self.checkout.start(*COMMANDS[way])
            if not ends_within(started, moment):
                break
            self.seconds = time.monotonic() - began
        if kind == "power":
            self.host("seat", "kill", "seat01")
        if kind == "alone":
            started.kill()
            started.wait()
        else:
            kill(started)
        if kind == "power" and way == "provision":
            self.host("seat", "start", "seat01")
        return f"{way}, {kind} after {moment:.2f} of {self.seconds:.1f} s"

    def host(self, *arguments: str) -> None:
        """Run the checkout's host tool."""
        self.checkout.out(sys.executable, "-m", "host", *arguments)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A new clone with its seat, which is also the one seat of a class."""
    place = tmp_path_factory.mktemp("doors")
    copy = Checkout(place / "coursebox", suite="trixie", provider="docker")
    folder = place / "class"
    folder.mkdir()
    roster = "学号,姓名,班级,座位\n20260101,甲,一班,seat01\n"
    (folder / "roster.csv").write_text(roster, encoding="utf-8")
    (place / "key").write_text(os.urandom(16).hex(), encoding="ascii")
    copy.environ |= {"CLASS": str(folder), "ANSIBLE_VAULT_PASSWORD_FILE": str(place / "key")}
    made = Door(copy)
    try:
        first = made.provision("up")
        assert first.rc == 0, first.output[-5000:]
        yield made
    finally:
        copy.run("make", "down", "YES=1")


@pytest.mark.parametrize("number", range(KILLS))
def test_random_kill_is_completed_by_one_more_run(door: Door, number: int) -> None:
    """At any moment; the next run begins at once."""
    way, kind = KINDS[number % len(KINDS)]
    killed = door.interrupt(way, kind, random.Random(f"{SEED} {number}"))
    what = f"SEED={SEED}, number {number}, {killed}"
    print(what)
    began = time.monotonic()
    completed = door.provision(way)
    assert completed.rc == 0, f"{what}\n{completed.output[-8000:]}"
    door.seconds = max(door.seconds, time.monotonic() - began)
    again = door.provision(way)
    assert (again.rc, again.changed) == (0, 0), f"{what}\n{again.output[-5000:]}"
    assert door.machine.run(STATE).stdout == "", what
    assert door.machine.run("runuser -u tarena -- lab list").returncode == 0, what
