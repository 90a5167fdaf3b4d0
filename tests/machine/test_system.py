"""Host name, language, time, network and every command of the course."""

from __future__ import annotations

import re

import pytest
from testinfra.host import Host

from tests.machine import expected


@pytest.mark.core
def test_host_name(student: Host) -> None:
    """Half of the prompt."""
    assert student.check_output("hostname") == expected.HOSTNAME


def test_host_name_resolves(student: Host) -> None:
    """sudo complains on every call where it does not."""
    assert student.run("getent hosts %s", expected.HOSTNAME).rc == 0


@pytest.mark.core
def test_locale(student: Host) -> None:
    """Also for commands without a terminal."""
    assert f"LANG={expected.LOCALE}" in student.check_output("locale").splitlines()


@pytest.mark.core
def test_locale_is_generated(student: Host) -> None:
    """A locale that is set and not there gives warnings everywhere."""
    assert student.run("locale").stderr == ""


def test_time_zone(student: Host) -> None:
    """China's clock."""
    assert student.check_output("date +%Z%z") == "CST+0800"


def test_time_zone_name(host: Host) -> None:
    """Programs that ask for the zone's name get it."""
    assert host.file("/etc/localtime").linked_to.endswith(f"/{expected.TIME_ZONE}")


def test_date_speaks_chinese(student: Host) -> None:
    """2.2.5 shows it."""
    assert re.search(r"\d{4} *年", student.check_output("date"))


@pytest.mark.core
def test_runaway_program_leaves_the_processor_to_other_sessions(root: Host) -> None:
    """Now and after the next boot, where the machine has a kernel of its own."""
    own = root.run("systemd-detect-virt --container").rc != 0
    assert root.file("/etc/sysctl.d/60-coursebox.conf").exists == own
    if own:
        assert root.check_output("sysctl -n kernel.sched_autogroup_enabled") == "1"


def test_ifconfig_shows_loopback_and_network_card(student: Host) -> None:
    """5.1.4, as a plain user and without a path."""
    shown = student.check_output("bash -lc ifconfig")
    cards = re.findall(r"^(\S+?):? .*?^\s+inet ", shown, re.M | re.S)
    card = student.check_output("ip -o route show default").partition(" dev ")[2].split()[0]
    assert {"lo", card} <= set(cards), shown


@pytest.mark.parametrize("name", expected.COMMANDS)
def test_command(student: Host, scratch: str, name: str) -> None:
    """Each command that the course names does what the course shows."""
    line, pattern = expected.COMMANDS[name]
    result = student.run("cd %s && exec bash -lc %s", scratch, line)
    assert re.search(pattern, result.stdout, re.M), result
    assert (result.rc, result.stderr) == (0, "")


@pytest.mark.core
def test_nothing_of_the_system_failed(root: Host, journal: None) -> None:
    """A unit in trouble after provisioning is a fault of provisioning."""
    failed = root.check_output("systemctl list-units --failed --plain --no-legend")
    assert failed == ""


def test_machine_is_up(root: Host, journal: None) -> None:
    """systemd sees no half-started machine."""
    assert root.run("systemctl is-system-running").stdout.strip() == "running"
