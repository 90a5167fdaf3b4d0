"""A lab's state has one name for everybody: the student's list, the instructor's page and table."""

from __future__ import annotations

import csv
import io

import pytest

from classroom import answers, board
from classroom.progress import Entry, Row
from classroom.roster import Student
from lab import progress
from lab.verbs.list import STATE_LABELS

STUDENT = Student("20260001", "甲", "一班", "seat01", "", 2)


@pytest.mark.parametrize("name", progress.STATES)
def test_board_says_what_the_list_says(name: str) -> None:
    """The page in its legend and its cells, the table in its columns."""
    entry = Entry(answers.LabProgress("4.1.2", name, 0, 0, None, ""), "题目")
    rows = [Row(STUDENT, {"4.1.2": entry}, "")]
    page = board.as_html("看板", rows)
    assert f"题目：{STATE_LABELS[name]}" in page
    assert all(f" {label}" in page for label in STATE_LABELS.values())
    (line,) = csv.DictReader(io.StringIO(board.as_csv(rows).lstrip("\ufeff")))
    assert line["4.1.2"] == STATE_LABELS[name]
