"""The class board: students × labs, who is stuck and for how long, which seats do not answer; as HTML and CSV.

The page holds all that it needs and loads nothing.
"""

from __future__ import annotations

import csv
import datetime
import io

from classroom import pages
from classroom.i18n import translated as _
from classroom.progress import Row, lab_ids
from classroom.text import cell
from lab.verbs.list import STATE_LABELS

_SIGNS = {"new": "·", "started": "…", "failed": "✗", "passed": "✓"}
_COLUMNS = (
    *(_("学号"), _("姓名"), _("班级"), _("座位"), _("通过")),
    *(_("卡在"), _("分钟"), _("未通过的原因"), _("座位的问题"), _("备注")),
)


def as_csv(rows: list[Row]) -> str:
    """Return the board as CSV that a spreadsheet opens: a byte order mark first, and no cell that acts as a formula."""
    labs = lab_ids(rows)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*_COLUMNS, *labs])
    now = datetime.datetime.now().astimezone()
    for row in rows:
        stuck = row.stuck
        cells = [
            row.student.number,
            row.student.name,
            row.student.group,
            row.student.seat,
            str(row.passed) if row.labs else "",
            *((stuck.lab.id, str(stuck.minutes(now)), stuck.lab.failure) if stuck else [""] * 3),
            row.reason,
            _("；").join(row.notes),
            *(_(STATE_LABELS[row.labs[lab].lab.state]) if lab in row.labs else "" for lab in labs),
        ]
        writer.writerow([cell(text) for text in cells])
    return "\ufeff" + out.getvalue()


def as_html(title: str, rows: list[Row], refresh: int = 0) -> str:
    """Return the board as one page; with `refresh` it loads itself again after so many seconds."""
    labs = lab_ids(rows)
    titles = {lab: entry.title for row in rows for lab, entry in row.labs.items()}
    now = datetime.datetime.now().astimezone()
    stuck = [(entry, row.student) for row in rows if not row.reason and (entry := row.stuck)]
    return pages.render(
        "board.html.j2",
        title=title,
        refresh=refresh,
        now=now,
        rows=rows,
        broken=[row for row in rows if row.reason],
        stuck=sorted(stuck, key=lambda pair: pair[0].lab.since or now),
        labs=[(lab, titles[lab], _passed(rows, lab)) for lab in labs],
        states={state: (sign, _(STATE_LABELS[state])) for state, sign in _SIGNS.items()},
    )


def _passed(rows: list[Row], lab: str) -> int:
    return sum(lab in row.labs and row.labs[lab].lab.state == "passed" for row in rows)
