"""The tab key completes the `lab` command in the student's bash."""

from __future__ import annotations

import re

import pytest

from tests.support import labfiles
from tests.support.terminal import CTRL_C, TAB, Terminal

# What is typed before the tab key, and what the line has become.
TYPED = {
    "lab sta": "lab start ",
    "lab solution --y": "lab solution --yes ",
    "lab show 4.1.2": "lab show 4.1.2 ",
    "lab run 6.2 pro": "lab run 6.2 process ",
    "lab run 6.2:pro": "lab run 6.2:process ",
    "lab run 6.2:process": "lab run 6.2:process ",
    "lab sync --from ~/la": "lab sync --from ~/labs/",
}


@pytest.mark.parametrize("typed", TYPED)
def test_tab_completes_what_is_unambiguous(terminal: Terminal, typed: str) -> None:
    """Verbs, options, ids with dots, examples behind a blank and behind a colon, folders."""
    terminal.send(typed + TAB)
    terminal.wait(re.escape(TYPED[typed]) + r"\Z")
    terminal.send(CTRL_C)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("lab ", ["list", "show", "run", "check", "hint"]),
        ("lab list ", sorted(labfiles.chapters())),
        ("lab check 4.", [lab.id for lab in labfiles.labs() if lab.chapter == "4"]),
        ("lab run 6.2 ", ["process", "thread"]),
        ("lab run 6.2:", ["process", "thread"]),
        ("lab check 4.1.2 --", ["--help", "--json", "--watch"]),
    ],
)
def test_tab_twice_shows_what_there_is(terminal: Terminal, typed: str, shown: list[str]) -> None:
    """And no file names, nor what only programs call."""
    terminal.send(typed + TAB + TAB)
    # The shell shows the choices, then its prompt with the line as it was.
    lines = terminal.wait(r"\n(.+\n)+.*\$ " + re.escape(typed))
    words = " ".join(lines.splitlines()[1:-1]).split()
    assert set(shown) <= set(words)
    assert not {"completion", "labs", "labs/"} & set(words)
    terminal.send(CTRL_C)
