"""The class board in a real browser: forty students on a projector and on a phone, with names that try to break it."""

from __future__ import annotations

import datetime
import json
import pathlib
import re
import subprocess

import pytest

from classroom import answers, board, progress
from classroom.roster import Roster, Student
from classroom.seats import SeatOutcome
from tests.support import labfiles

STUDENTS = 40
EVIL = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
# Writes into the page's own text how wide it has become, for --dump-dom to show.
PROBE = """<script>
const page = document.documentElement;
const first = document.querySelector("tbody th");
document.body.append(`PROBE ${page.scrollWidth} ${innerWidth} ${document.title}`
  + ` ${document.querySelectorAll("tbody tr").length} ${getComputedStyle(first).position}`
  + ` ${performance.getEntriesByType("resource").length}`);
</script>"""


def rows() -> list[progress.Row]:
    """A class in the middle of the course, with one seat that is silent."""
    now = datetime.datetime.now().astimezone()
    found = []
    for number in range(STUDENTS):
        name = EVIL if number == 3 else f"学生{number}"
        student = Student(f"2026{number:04}", name, "一班", f"seat{number:02}", "", number + 2)
        labs = {}
        for index, lab in enumerate(labfiles.labs()):
            place = (index + number) % 7
            state = ("passed", "passed", "passed", "failed", "started", "new", "new")[place]
            since = now - datetime.timedelta(minutes=number + index)
            said = answers.LabProgress(lab.id, state, 2, 1, since, f"{EVIL} 没有文件")
            labs[lab.id] = progress.Entry(said, lab.title)
        found.append(
            progress.Row(student, {} if number == 9 else labs, EVIL if number == 9 else "")
        )
    return found


@pytest.mark.parametrize(
    ("width", "height"), [(1920, 1080), (500, 900)], ids=["projector", "phone"]
)
def test_board_fits_the_screen(tmp_path: pathlib.Path, width: int, height: int) -> None:
    """The page is no wider than the screen, the names stay in sight, nothing is loaded, no name becomes a program."""
    page = tmp_path / "board.html"
    page.write_text(board.as_html("看板", rows()).replace("</html>", f"{PROBE}</html>"), "utf-8")
    command = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--window-size={width},{height}",
        "--dump-dom",
        page.as_uri(),
    ]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    probe = re.search(r"PROBE (\d+) (\d+) (\S+) (\d+) (\S+) (\d+)", shown.stdout)
    assert probe, shown.stderr[-3000:]
    assert int(probe[1]) <= int(probe[2])
    assert probe[3] == "看板", "a student's name ran as a program"
    assert int(probe[4]) == STUDENTS + 1
    assert probe[5] == "sticky"
    assert probe[6] == "0", "the page loads something"


LISTED = json.dumps(
    {
        "labs": [
            {"id": "4.1.2", "title": EVIL, "state": "failed", "since": "2026-01-01T00:00:00+00:00"}
        ]
    }
)


@pytest.mark.parametrize(
    ("answer", "reason", "note", "labs"),
    [
        (LISTED, "", "", 1),
        (f"lab：读不了进度文件\n{LISTED}", "", "读不了进度文件", 1),
        (
            "Session terminated\n（退出码 124）",
            "没有答完：Session terminated （退出码 124）",
            "",
            0,
        ),
        (f"{LISTED[:-9]}", "没有答完", "", 0),
        ('{"labs": [{"state": "perfect"}]}', "不认识", "", 0),
        ('{"labs": 7}', "没有答完", "", 0),
        ("", "没有答完", "", 0),
    ],
)
def test_answer_of_a_seat_is_a_strangers(answer: str, reason: str, note: str, labs: int) -> None:
    """Whatever comes, the row says what it is; what the command says beside its answer is for the instructor."""
    student = Student("20260001", "甲", "一班", "seat01", "", 2)
    outcome = SeatOutcome("seat01", "", False, {"progress": answer})
    (row,) = progress.rows(Roster((student,), ()), {"seat01": outcome})
    assert (reason in row.reason) if reason else not row.reason
    assert note in "".join(row.notes)
    assert len(row.labs) == labs
