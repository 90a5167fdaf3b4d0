"""LIMIT names seats, students or groups of the roster, and nothing else: one unknown name refuses all."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from classroom import limit
from classroom.course_class import ClassError
from classroom.roster import Roster, Student

STUDENTS = (
    Student("20260101", "张三", "一班", "seat01", "", 2),
    Student("20260102", "李 四", "一班", "seat02", "", 3),
    Student("20260103", "王五", "二班", "seat03", "", 4),
    Student("20260104", "王五", "all", "seat04", "", 5),
    Student("20260105", "Ann", "A, B", "pc-05.lab", "", 6),
)
ROSTER = Roster(STUDENTS, ())
KNOWN = {text for s in STUDENTS for text in (s.number, s.name, s.group, s.seat)}


def seats(text: str | None) -> list[str]:
    """The seats that a list means."""
    return [student.seat for student in limit.resolve(ROSTER, text)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (None, ["seat01", "seat02", "seat03", "seat04", "pc-05.lab"]),
        ("seat02", ["seat02"]),
        ("SEAT02", ["seat02"]),
        ("seat03,seat01", ["seat01", "seat03"]),
        ("seat03 seat01", ["seat01", "seat03"]),
        ("seat03， seat01", ["seat01", "seat03"]),
        ("20260103", ["seat03"]),
        ("张三", ["seat01"]),
        ("李 四", ["seat02"]),
        ("李 四,seat01", ["seat01", "seat02"]),
        ("一班", ["seat01", "seat02"]),
        ("一班,seat03", ["seat01", "seat02", "seat03"]),
        ("all", ["seat04"]),
        ("A, B", ["pc-05.lab"]),
    ],
)
def test_names_of_the_roster(text: str | None, meant: list[str]) -> None:
    """In any order, parted by commas or blanks; a name that holds a blank is one."""
    assert seats(text) == meant


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\t", "　", "\n", ",", "seat01,", ",seat01", "seat01,,seat02", "*", "seat*", "!seat01", "~seat.*",
        "@/etc/passwd", "seat01[0]", "seat[01:02]", "&seat01", "seat01:seat02", "seat01:!seat02", "seats", "ungrouped",
        "localhost", "nobody", "seat01,nobody", "nobody seat01", "seat1", "-x", "--limit", "seat01;seat02", "\x1b[31m",
        "{{ 7 * 7 }}", "$(reboot)", "王五", "../seat01", "一", "20260", "None", "0",
    ],
)  # fmt: skip
def test_anything_else_refuses_all(text: str) -> None:
    """By name, before anything runs; two students of one name are told apart by their seats."""
    with pytest.raises(ClassError, match="LIMIT=") as refused:
        limit.resolve(ROSTER, text)
    assert "\x1b" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_unknown_one_is_named() -> None:
    """And what is known beside it."""
    with pytest.raises(ClassError) as refused:
        limit.resolve(ROSTER, "seat01,seat99")
    assert "“seat99” 不在名单里" in str(refused.value)
    assert "“seat01” 不在名单里" not in str(refused.value)
    with pytest.raises(ClassError, match=r"王五.*seat03、seat04"):
        limit.resolve(ROSTER, "王五")


# Any text, and lists of names, their beginnings, and what means something to Ansible.
PARTS = sorted({name[:end] for name in KNOWN for end in range(1, len(name) + 1)})
TYPED = strategies.one_of(
    strategies.text(),
    strategies.lists(strategies.sampled_from([*PARTS, "*", "0", "all,", ""]), max_size=2).map(
        ",".join
    ),
)


@given(TYPED)
def test_nothing_means_everybody(text: str) -> None:
    """Whatever is written is refused, or means those whose names stand in it."""
    try:
        found = limit.resolve(ROSTER, text)
    except ClassError:
        return
    assert found
    for student in found:
        own = (student.number, student.name, student.group, student.seat)
        assert any(name.lower() in text.lower() for name in own)
