"""Provisioning that is killed at any moment is completed by running it again.

One machine lives through it all: killed at one point after the other, each further on than the
last, and provisioned once more each time.
"""

from __future__ import annotations

import os
import pathlib
import random
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.e2e.machine import Machine, Run

# dpkg's log, from where it stood before the run.
UNPACKING = "tail -n +{start} /var/log/dpkg.log | grep -q 'status half-installed'"
USER = "getent passwd tarena >/dev/null"
RELEASE = "ls /opt/coursebox/releases 2>/dev/null | grep -q incoming-"
LOCALE = "pgrep -x localedef >/dev/null"
STATE = "dpkg --audit; dpkg-query -W -f='${db:Status-Abbrev} ${Package}\\n' | grep -v '^ii'"
# How many random kills; `make kills COUNT=50` tries more. The same SEED kills at the same moments.
KILLS = int(os.environ.get("KILLS") or 3)
SEED = os.environ.get("SEED") or os.urandom(4).hex()
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
    result = machine.test("-m", "core")
    assert result.returncode == 0, result.stdout


def test_run_after_that_changes_nothing(completed: Run, machine: Machine) -> None:
    """All was done, and is known to be done."""
    again = machine.provision()
    assert (again.rc, again.changed) == (0, 0), again.changes


@pytest.fixture(scope="module")
def seconds(machine: Machine) -> float:
    """How long a run takes here that has all of it to do again."""
    first = machine.provision()
    assert first.rc == 0, first.output[-5000:]
    machine.run(UNDONE)
    began = time.monotonic()
    second = machine.provision()
    assert second.rc == 0, second.output[-5000:]
    return time.monotonic() - began


@pytest.mark.parametrize("number", range(KILLS))
def test_random_kill_is_completed_by_one_more_run(
    machine: Machine, log: pathlib.Path, seconds: float, number: int
) -> None:
    """The playbook's processes, or the machine's power, at any moment; the next run begins at once."""
    chance = random.Random(f"{SEED} {number}")
    moment, power = chance.uniform(0, seconds), chance.random() < 0.4
    what = f"SEED={SEED}, {'power' if power else 'kill -9'} after {moment:.2f} of {seconds:.1f} s"
    machine.run(UNDONE)
    with log.open("wb") as output:
        started = subprocess.Popen(
            machine.playbook(), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        started.wait(moment)
    except subprocess.TimeoutExpired:
        if power:
            machine.cut_power()
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        if power:
            machine.start()
    completed = machine.provision()
    assert completed.rc == 0, f"{what}\n{log.read_text()[-2000:]}\n{completed.output[-5000:]}"
    again = machine.provision()
    assert (again.rc, again.changed) == (0, 0), f"{what}\n{again.output[-3000:]}"
    assert machine.run(STATE).stdout == "", what
    assert machine.run("runuser -u tarena -- lab list").returncode == 0, what
