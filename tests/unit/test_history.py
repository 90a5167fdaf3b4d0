"""The kernel's record of a program, as strace writes it, and what is read from it."""

from __future__ import annotations

from lab.checking.history import History, together

# The first worker's first line comes before its parent knows its number; the second begins when the first has ended.
RECORD = r"""10 execve("\x2f\x70", ["\x70"], 0x7f /* 35 vars */) = 0
10 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD <unfinished ...>
11 write(1, "\xe7\x94", 2 <unfinished ...>
10 <... clone resumed>, child_tidptr=0x7f) = 11
11 <... write resumed>) = 2
11 write(1, "\xb2", 1) = 1
10 clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0} => {parent_tid=[12]}, 88) = 12
12 write(5, "\x00", 1) = 1
11 exit_group(3) = ?
11 +++ exited with 3 +++
10 vfork() = 13
13 execve("\x2f\x70", ["\x66\x72\x6f\x6d\x20\x6d\x75\x6c\x74\x69\x70\x72\x6f\x63\x65\x73\x73\x69\x6e\x67\x2e\x66\x6f\x72\x6b\x73\x65\x72\x76\x65\x72"], 0x7f) = 0
13 clone(flags=SIGCHLD) = 14
14 +++ killed by SIGKILL +++
10 write(1, "\x65\x6e\x64", 3) = 3
10 wri"""


def test_processes_are_told_from_threads_and_helpers() -> None:
    """With who began them and how they ended; a line that is not finished is left for later."""
    history = History(RECORD)
    assert history.main.number == 10
    assert [(one.number, one.parent, one.code) for one in history.workers()] == [
        (11, 10, 3),
        (14, 13, -1),
    ]
    assert [one.number for one in history.lives if not one.is_process] == [12]


def test_written_bytes_are_known_by_their_writer() -> None:
    """Also a character that was written in two parts."""
    history = History(RECORD)
    first = history.workers()[0]
    assert history.printed(11) == "甲"
    assert history.said(11, "甲") is not None
    assert history.said(10, "甲") is None
    assert (history.said(10, "end") or 0) > (first.ended or 0)


def test_lives_that_follow_each_other_are_not_together() -> None:
    """Two that overlap are."""
    first, second = History(RECORD).workers()
    assert together([first, second]) == 1
    assert together([first, second._replace(began=first.began + 1)]) == 2
    assert together([]) == 0
