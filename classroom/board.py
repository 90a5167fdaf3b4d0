"""The class board: students × labs, who is stuck and for how long, which seats do not answer; as HTML and CSV.

The page holds all that it needs and loads nothing. What comes from seats is checked, shortened and escaped.
"""

from __future__ import annotations

import csv
import datetime
import functools
import html
import io
from collections.abc import Mapping
from dataclasses import dataclass

from classroom import answers
from classroom.answers import Lab
from classroom.roster import Roster, Student
from classroom.seats import Outcome
from classroom.text import cell
from lab import catalogue

STATES = {
    "new": ("·", "还没开始"),
    "started": ("…", "正在做"),
    "failed": ("✗", "没通过"),
    "passed": ("✓", "通过"),
}
_FIRST = 6


@dataclass(frozen=True)
class Entry:
    """One student's standing in one lab, which the course calls `title`."""

    lab: Lab
    title: str


@dataclass(frozen=True)
class Row:
    """One student: the entries by lab, or the reason why there are none; notes are for the instructor's eye."""

    student: Student
    labs: Mapping[str, Entry]
    reason: str
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> int:
        """How many labs have passed."""
        return sum(entry.lab.state == "passed" for entry in self.labs.values())

    @property
    def stuck(self) -> Entry | None:
        """The lab that has failed for the longest time, if one has."""
        failed = [
            entry for entry in self.labs.values() if entry.lab.state == "failed" and entry.lab.since
        ]
        return min(failed, key=lambda entry: entry.lab.since or _NEVER, default=None)


_NEVER = datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)


def rows(roster: Roster, outcomes: Mapping[str, Outcome]) -> list[Row]:
    """Return a row for each student, in the roster's order."""
    titles = _titles()
    found = []
    for student in roster.students:
        outcome = outcomes.get(student.seat)
        if outcome is None:
            found.append(Row(student, {}, "这次没有问"))
        elif outcome.reason:
            found.append(Row(student, {}, outcome.reason))
        else:
            found.append(_answered(student, outcome.data.get("progress", ""), titles))
    return found


@functools.cache
def _titles() -> dict[str, str]:
    return {lab.id: lab.title for chapter in catalogue.chapters() for lab in chapter.labs}


def _answered(student: Student, answer: object, titles: Mapping[str, str]) -> Row:
    """Return the row of a seat that answered; labs that the course does not have are a remark, not a column of the class's."""
    try:
        labs, said = answers.progress(answer)
    except answers.AnswerError as error:
        return Row(student, {}, str(error))
    entries = {lab.id: Entry(lab, titles[lab.id]) for lab in labs if lab.id in titles}
    strange = [lab.id for lab in labs if lab.id not in titles]
    notes = [said] if said else []
    if strange:
        notes.append(f"座位说了 {len(strange)} 个课程里没有的实验，例如 {strange[0]}")
    return Row(student, entries, "", tuple(notes))


def lab_ids(found: list[Row]) -> list[str]:
    """Return every lab that a row knows, in the course's order."""
    known = {name for row in found for name in row.labs}
    return sorted(known, key=lambda name: [int(p) for p in name.split(".") if p.isdecimal()])


def as_csv(found: list[Row]) -> str:
    """Return the board as CSV that a spreadsheet opens: a byte order mark first, and no cell that acts as a formula."""
    labs = lab_ids(found)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            "学号",
            "姓名",
            "班级",
            "座位",
            "通过",
            "卡在",
            "分钟",
            "上次没通过的原因",
            "座位的问题",
            "备注",
            *labs,
        ]
    )
    now = datetime.datetime.now().astimezone()
    for row in found:
        stuck = row.stuck
        states = [STATES[row.labs[lab].lab.state][1] if lab in row.labs else "" for lab in labs]
        cells = [
            row.student.number,
            row.student.name,
            row.student.group,
            row.student.seat,
            str(row.passed) if row.labs else "",
            stuck.lab.id if stuck else "",
            str(_minutes(stuck, now)) if stuck else "",
            stuck.lab.failure if stuck else "",
            row.reason,
            "；".join(row.notes),
            *states,
        ]
        writer.writerow([cell(text) for text in cells])
    return "\ufeff" + out.getvalue()


def _minutes(entry: Entry, now: datetime.datetime) -> int:
    return max(0, int((now - (entry.lab.since or now)).total_seconds() // 60))


def as_html(title: str, found: list[Row], refresh: int = 0) -> str:
    """Return the board as one page; with `refresh` it loads itself again after so many seconds."""
    now = datetime.datetime.now().astimezone()
    labs = lab_ids(found)
    answered = [row for row in found if not row.reason]
    titles = {name: entry.title for row in answered for name, entry in row.labs.items()}
    head = "".join(
        f'<th scope="col" class="lab" title="{_e(titles.get(lab, ""))}">{_e(lab)}</th>'
        for lab in labs
    )
    share = "".join(f"<td>{_passed(answered, lab)}</td>" for lab in labs)
    body = "\n".join(_row(row, labs, now) for row in found)
    refreshing = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    return _PAGE.format(
        title=_e(title),
        refresh=refreshing,
        time=f"{now:%Y-%m-%d %H:%M:%S}",
        students=len(found),
        answered=len(answered),
        stuck=_stuck(answered, now),
        broken=_broken(found),
        head=head,
        share=share,
        body=body,
        legend="　".join(f"{sign} {word}" for sign, word in STATES.values()),
    )


def _row(row: Row, labs: list[str], now: datetime.datetime) -> str:
    who = (
        f'<th scope="row">{_e(row.student.name)} <small>{_e(row.student.number)}'
        f" · {_e(row.student.seat)}</small>"
        + "".join(f'<br><small class="note">{_e(note)}</small>' for note in row.notes)
        + "</th>"
    )
    if row.reason:
        return f'<tr class="broken">{who}<td>—</td><td colspan="{max(1, len(labs))}">{_e(row.reason)}</td></tr>'
    cells = "".join(_cell(row.labs.get(lab), lab, now) for lab in labs)
    return f"<tr>{who}<td>{row.passed}/{len(row.labs)}</td>{cells}</tr>"


def _cell(entry: Entry | None, lab: str, now: datetime.datetime) -> str:
    if entry is None:
        return "<td></td>"
    known = entry.lab
    sign, word = STATES[known.state]
    said = f"{lab} {entry.title}：{word}，检查过 {known.attempts} 次，看过 {known.hints} 个提示"
    if known.state == "failed":
        said += f"，{_minutes(entry, now)} 分钟。{known.failure}"
    return f'<td class="{known.state}" title="{_e(said)}">{sign}</td>'


def _passed(answered: list[Row], lab: str) -> int:
    return sum(lab in row.labs and row.labs[lab].lab.state == "passed" for row in answered)


def _stuck(answered: list[Row], now: datetime.datetime) -> str:
    found = [(stuck, row) for row in answered if (stuck := row.stuck)]
    found.sort(key=lambda pair: pair[0].lab.since or _NEVER)
    if not found:
        return "<p>现在没有人卡住。</p>"
    lines = [
        f"<li><b>{_e(row.student.name)}</b> <code>{_e(row.student.seat)}</code> 卡在"
        f" {_e(entry.lab.id)}，{_minutes(entry, now)} 分钟，检查过 {entry.lab.attempts} 次<br><small>{_e(entry.lab.failure)}</small></li>"
        for entry, row in found
    ]
    first, rest = "".join(lines[:_FIRST]), "".join(lines[_FIRST:])
    more = f"<details><summary>还有 {len(found) - _FIRST} 个</summary><ul>{rest}</ul></details>"
    return f"<ul>{first}</ul>{more if rest else ''}"


def _broken(found: list[Row]) -> str:
    broken = [row for row in found if row.reason]
    if not broken:
        return ""
    lines = "".join(
        f"<li><code>{_e(row.student.seat)}</code> {_e(row.student.name)}：{_e(row.reason)}</li>"
        for row in broken
    )
    return f"<section><h2>没有回答的座位</h2><ul>{lines}</ul></section>"


def _e(text: str) -> str:
    return html.escape(text)


_PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{refresh}
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; --line: #8886; --pass: #1a7f37; --fail: #cf222e; --busy: #9a6700 }}
  @media (prefers-color-scheme: dark) {{ :root {{ --pass: #3fb950; --fail: #ff7b72; --busy: #d29922 }} }}
  body {{ font: 16px/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 1rem auto; padding: 0 1rem }}
  h1 {{ font-size: 1.6rem; margin: 0 }}
  h2 {{ font-size: 1.2rem; margin: 1rem 0 .3rem }}
  ul {{ columns: 24rem; padding-left: 1.2rem; margin: .3rem 0 }}
  li {{ break-inside: avoid; overflow-wrap: anywhere }}
  .wide {{ overflow-x: auto; max-height: 85vh }}
  table {{ border-collapse: collapse }}
  th, td {{ border-bottom: 1px solid var(--line); padding: .25rem .5rem; text-align: center; white-space: nowrap }}
  thead th, thead td {{ position: sticky; top: 0; background: Canvas }}
  th[scope=row], thead th:first-child {{ position: sticky; left: 0; text-align: left; background: Canvas; z-index: 1 }}
  thead .lab {{ writing-mode: vertical-rl; text-align: right; font-weight: normal; padding: .25rem 0 }}
  td {{ padding: .25rem .3rem }}
  small {{ color: GrayText }}
  .note {{ color: var(--fail) }}
  th[scope=row] {{ max-width: 34vw; white-space: normal; overflow-wrap: anywhere }}
  .passed {{ color: var(--pass); font-weight: bold }}
  .failed {{ color: var(--fail); font-weight: bold }}
  .started {{ color: var(--busy) }}
  .broken td {{ color: var(--fail); text-align: left; white-space: normal }}
  @media (min-width: 1600px) {{ body {{ font-size: 20px }} }}
  @media (max-width: 600px) {{ body {{ font-size: 14px; padding: 0 .5rem }} th, td {{ padding: .2rem .3rem }} th[scope=row] small {{ display: block }} }}
</style>
<h1>{title}</h1>
<p>{time}　{students} 个学生，{answered} 个座位有回答　<small>{legend}</small></p>
<section><h2>卡住最久的</h2>{stuck}</section>
{broken}
<section><h2>每个人的进度</h2>
<div class="wide"><table>
<thead><tr><th scope="col">学生</th><th scope="col">通过</th>{head}</tr></thead>
<tbody>
<tr><th scope="row">通过的人数</th><td></td>{share}</tr>
{body}
</tbody>
</table></div></section>
</html>
"""
