"""sudo asks the student for a password, as 2.2.4 teaches; sudo-rs shows stars while it is typed."""

from __future__ import annotations

from testinfra.host import Host

from tests.machine import expected
from tests.support.terminal import ENTER, Terminal


def test_asks_the_first_time_in_a_terminal(terminal: Terminal) -> None:
    """No NOPASSWD for the student, and the right password opens."""
    terminal.send("sudo id -u" + ENTER)
    terminal.password()
    assert terminal.prompt().split()[-1] == "0"


def test_asks_once(terminal: Terminal) -> None:
    """The second time in the same terminal goes without."""
    terminal.send("sudo -v" + ENTER)
    terminal.password()
    terminal.prompt()
    assert terminal.run("sudo id -u") == "0\n"


def test_refuses_a_wrong_password(terminal: Terminal) -> None:
    """It does nothing and asks again; the right one is still welcome then."""
    terminal.send("sudo id -u" + ENTER)
    terminal.password("wrong-" + expected.PASSWORD)
    shown = terminal.password()
    assert "\n0\n" not in shown
    assert terminal.prompt().split()[-1] == "0"


def test_never_goes_without_a_password(student: Host) -> None:
    """No rule of any file lets the student through."""
    assert student.run("sudo -k; sudo -n id -u").rc != 0


def test_shutdown_is_planned_and_cancelled(terminal: Terminal, host: Host) -> None:
    """2.2.6, with the student's own sudo."""
    scheduled = "/run/systemd/shutdown/scheduled"
    terminal.send("sudo shutdown +10" + ENTER)
    terminal.password()
    terminal.prompt()
    planned = host.file(scheduled).exists
    terminal.run("sudo shutdown -c")
    assert (planned, host.file(scheduled).exists) == (True, False)
