"""The first minute at the machine: the prompt, the greeting, the keys, the history."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from testinfra.host import Host

from tests.machine import expected
from tests.support import labfiles
from tests.support.seat import Seat
from tests.support.terminal import ENTER, TAB, UP, Terminal


@pytest.mark.core
def test_prompt(seat: Seat) -> None:
    """The course's screenshots all show this prompt."""
    with seat.terminal() as shell:
        shell.wait(rf"^{expected.USER}@{expected.HOSTNAME}:~\$ \Z")


@pytest.mark.core
def test_greeting_names_every_chapter(seat: Seat) -> None:
    """A student who logs in sees what there is."""
    with seat.terminal() as shell:
        greeting = shell.prompt()
    missing = [title for title in labfiles.chapters().values() if title not in greeting]
    assert not missing, greeting


def test_greeting_names_the_command(seat: Seat) -> None:
    """One command to start, on a line that can be found."""
    with seat.terminal() as shell:
        greeting = shell.prompt()
    assert re.search(r"(?<![\w/~])lab(?![\w/])", greeting), greeting


def test_greeting_stays_away_from_commands(student: Host) -> None:
    """`ssh host command`, scp and rsync break when a login prints anything."""
    result = student.run("true")
    assert (result.stdout, result.stderr) == ("", "")


def test_greeting_stays_away_from_a_shell_within_a_shell(terminal: Terminal) -> None:
    """Whoever types bash has been greeted already."""
    assert "lab" not in terminal.run("bash")


@pytest.mark.parametrize("name", ["LANG", "LC_ALL"])
def test_locale_of_the_host_does_not_matter(seat: Seat, name: str) -> None:
    """ssh forwards the host's locale, which this machine need not have."""
    options = ("-o", "SendEnv=LANG LC_*")
    with seat.terminal(options=options, env={name: "de_DE.UTF-8"}) as shell:
        greeting = shell.prompt()
        shown = shell.run("locale 2>&1; perl -e 1")
    assert "annot" not in greeting + shown
    assert f'LC_MESSAGES="{expected.LOCALE}"' in shown or f"LANG={expected.LOCALE}" in shown


def test_tab_completes_paths(terminal: Terminal) -> None:
    """Tab on an unambiguous beginning."""
    terminal.send("cd ~/la" + TAB)
    terminal.wait(r"cd ~/labs/")
    terminal.send(ENTER)
    terminal.wait(r"labs\$ ")


def test_tab_completes_arguments(terminal: Terminal) -> None:
    """bash-completion knows the commands' own words."""
    terminal.send("apt insta" + TAB)
    terminal.wait(r"apt install ")


def test_arrow_brings_back_the_last_command(terminal: Terminal) -> None:
    """The key that the course teaches first."""
    terminal.run("echo $((40 + 2))")
    terminal.send(UP + ENTER)
    terminal.wait(r"^42\n")


def test_history_shows_at_most_so_many(
    seat: Seat, student: Host, put_aside: Callable[[str], None]
) -> None:
    """Plain `history` shows up to 500 entries, however many were typed."""
    put_aside(f"{expected.HOME}/.bash_history")
    student.check_output("seq --format='echo %g' 600 > ~/.bash_history")
    with seat.terminal() as shell:
        shell.prompt()
        shown = shell.run("history")
        shell.run("unset HISTFILE")
    assert len(re.findall(r"^ *\d+ +\S", shown, re.M)) == expected.HISTORY


def test_history_outlives_the_login(seat: Seat, put_aside: Callable[[str], None]) -> None:
    """What was typed yesterday comes back with the arrow keys."""
    put_aside(f"{expected.HOME}/.bash_history")
    with seat.terminal() as shell:
        shell.prompt()
        shell.run("echo kept")
        shell.send("exit" + ENTER)
        shell.ended()
    with seat.terminal() as shell:
        shell.prompt()
        assert "echo kept" in shell.run("history")
        shell.run("unset HISTFILE")
