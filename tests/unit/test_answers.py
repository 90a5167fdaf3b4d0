"""Random answers of seats: each verb's reading of them costs one line at most, and nothing raw goes on."""

from __future__ import annotations

import csv
import functools
import io
import json
import pathlib
import random
import tarfile
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from classroom import answers, board, collected, progress, seats
from classroom.answers import AnswerError
from classroom.course_class import CourseClass
from classroom.roster import Roster, Student
from classroom.seats import SeatOutcome
from classroom.text import FORMULA, cell, plain
from classroom.verbs import mirrors, remove
from lab.progress import STATES
from plugins.callback.class_outcomes import reason

TRIES = 1000
GOOD = Student("20260001", "甲", "一班", "seat01", "", 2)
BAD = Student("20260002", "乙", "一班", "seat02", "", 3)
ROSTER = Roster((GOOD, BAD), ())
ANSWERED = json.dumps({"labs": [{"id": "4.1.2", "state": "passed"}]})
ESCAPES = "\x1b]0;x\x07\x1b[31m\u202e\u2028\udcff\r\n\t\x9b=1+1"

KEYS = (
    *("labs", "id", "title", "state", "attempts", "hints", "since", "failure", "error", "seed", "passed"),
    *("actual", "came", "what", "address", "seconds", "reason", "files", "left_out", "left_out_count", "x"),
)  # fmt: skip
LEAVES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 7, 10**400, 0.5, -0.0, float("nan"), float("inf"), "", "x", ESCAPES),
    *("failed", "passed", "new", "4.1.2", "1.2", "9.9.9", "apt", "pip", "0" * 64, "=1+1", "<script>"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00+00:00"),
    *("2026-01-01", "archive /etc/shadow", "work 1 1", "restored 1", "restored 99999999999 1"),
)  # fmt: skip
WHOLE: tuple[str, ...] = ("", "[" * 100000, '{"labs":' * 100000, ESCAPES, "1" * 5000, "NaN", "null")


def letters(chance: random.Random) -> str:
    """Any letters at all, halves of some among them."""
    return "".join(chr(chance.randrange(0x3000)) for _ in range(chance.randrange(12)))


def value(chance: random.Random, deep: int = 4) -> Any:
    """A random value of JSON's, with the words that an honest answer has more often than others."""
    kind = chance.randrange(8) if deep else 0
    if kind < 3:
        return chance.choice(LEAVES) if chance.random() < 0.8 else letters(chance)
    if kind < 5:
        return [value(chance, deep - 1) for _ in range(chance.randrange(4))]
    return {
        chance.choice(KEYS) if chance.random() < 0.9 else letters(chance): value(chance, deep - 1)
        for _ in range(chance.randrange(7))
    }


def answer(chance: random.Random) -> Any:
    """What a seat may say: values, a list of labs or addresses, a part of it, something beside it, or none of it."""
    found = value(chance)
    kind = chance.randrange(9)
    if kind == 0:
        return found
    if kind == 1:
        return chance.choice(WHOLE)
    if kind == 2:
        return letters(chance)
    if kind < 5:
        found = {"labs": [value(chance) for _ in range(chance.randrange(3))]}
    text = json.dumps(found, ensure_ascii=chance.random() < 0.5)
    if kind == 5:
        return text[: chance.randrange(len(text) + 1)]
    return f"{letters(chance)}\n{text}" if kind == 6 else text


def honest(chance: random.Random) -> str:
    """An answer in the very form that is asked for, with a stranger's text wherever one may stand."""
    text = functools.partial(
        chance.choice, (ESCAPES, *(f"{sign}1" for sign in FORMULA), "x" * 9999, "ok")
    )
    labs = [
        {
            "id": lab,
            "state": chance.choice(STATES),
            "title": text(),
            "failure": text(),
            "since": "2026-01-01T00:00:00+00:00",
        }
        for lab in ("4.1.2", "1.2", "9.9.9")
    ]
    return f"{text()}\n{json.dumps({'labs': labs})}\n{text()}"


def chances() -> Iterator[random.Random]:
    """A thousand of them, the same in each run; the seed of one that fails stands among the test's values."""
    return (random.Random(seed) for seed in range(TRIES))


def shown(text: str) -> None:
    """Nothing there moves a terminal's cursor or hides a letter, and it can be written to one."""
    text.encode()
    for letter in set(text):
        assert letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def test_report() -> None:
    """The board stands, the neighbour's row is whole, no cell is a formula."""
    for chance in chances():
        outcomes = {
            seat: SeatOutcome(seat, "", False, {"progress": said})
            for seat, said in (
                ("seat01", ANSWERED),
                ("seat02", answer(chance) if chance.random() < 0.8 else honest(chance)),
            )
        }
        rows = progress.rows(ROSTER, outcomes)
        assert rows[0].labs["4.1.2"].lab.state == "passed"
        assert not rows[0].reason
        shown(rows[1].reason + "".join(rows[1].notes))
        shown(board.as_html("班", rows))
        for line in csv.reader(io.StringIO(board.as_csv(rows).lstrip("\ufeff"))):
            assert not any(text.startswith(FORMULA) for text in line)
            shown("".join(line))


def test_mirrors() -> None:
    """The seat that answers well has its line whatever the other says."""
    good = [{"what": "apt", "address": "http://a/", "seconds": 0.1, "reason": ""}]
    for chance in chances():
        outcomes = {
            "seat01": SeatOutcome("seat01", "", False, {"mirrors": json.dumps(good)}),
            "seat02": SeatOutcome("seat02", "", False, {"mirrors": answer(chance)}),
        }
        told, answered = seats.read(outcomes, "mirrors", answers.mirrors)
        assert not told["seat01"].reason
        assert bool(told["seat02"].reason) != ("seat02" in answered)
        shown(told["seat02"].reason)
        lines = mirrors.lines(answered)
        assert any(line.startswith("软件包  http://a/  1/1") for line, _ in lines)
        for line, _ in lines:
            shown(line)


LAB = {"id": "4.1.2", "state": "passed"}


@pytest.mark.parametrize(
    "labs",
    [
        None, {}, "4.1.2", [None], ["4.1.2"], [[]], [{}], [{"id": "4.1.2"}], [{"state": "passed"}],
        [LAB | {"state": "done"}], [LAB | {"state": ["passed"]}], [LAB | {"state": None}], [LAB | {"state": "PASSED"}],
        [LAB | {"id": 4.1}], [LAB | {"id": "../4.1"}], [LAB | {"id": "4.1.2\n"}], [LAB | {"id": "٤.1"}], [LAB] * 501,
        [LAB, {"id": "4.1.2", "state": "x"}],
    ],
)  # fmt: skip
def test_progress_that_is_none_is_refused_whole(labs: object) -> None:
    """No state is made up for it, and no part of it counts."""
    with pytest.raises(AnswerError, match="没有答完"):
        answers.progress(json.dumps({"labs": labs}))


@pytest.mark.parametrize("number", [-1, 0.5, True, None, "7", 10**10, [1]])
def test_a_number_that_is_none_is_nought(number: object) -> None:
    """Beside what counts, which stays."""
    (lab,), _ = answers.progress(json.dumps({"labs": [LAB | {"attempts": number, "hints": 3}]}))
    assert (lab.state, lab.attempts, lab.hints) == ("passed", 0, 3)


def test_one_good_answer_of_each_kind() -> None:
    """So that the random ones are not all refused for one reason."""
    entry = {"what": "pip", "address": f"x{ESCAPES}", "seconds": 1, "reason": ESCAPES}
    (address,) = answers.mirrors(json.dumps([entry]))
    assert address.what == "pip"
    shown(address.address + address.reason)
    (check,), _ = answers.checks('{"labs": [{"id": "1.2", "passed": true}]}')
    assert check.passed
    assert answers.claims(b'{"labs": {"1.2": {"state": "failed"}, "x": {"state": []}}}') == {
        "1.2": "failed"
    }
    assert answers.work("work 3 1\na\x1bb\n") == answers.Work(3, "a�b", 1)
    # On a terminal errors stand among it.
    assert answers.work("find: no\r\nwork 2 1\r\n名字\r\n") == answers.Work(2, "名字", 1)
    assert answers.restored("x\nrestored 3 1\r\nfrom y") == answers.Restored(3, 1)
    place = "/var/lib/coursebox/removed/20260001-20260101-000000.tar.gz"
    assert answers.archive_path(f"archive {place}\nremoved\n", "20260001") == place
    with pytest.raises(AnswerError):
        answers.archive_path(f"archive {place}\n", "20260002")


def test_regrade() -> None:
    """A line of the second check, a student's progress file and seed: read, or refused in words that are safe."""
    for chance in chances():
        line = str(answer(chance))
        content = line.encode("utf-8", "surrogatepass")
        readers: list[Callable[[], object]] = [
            functools.partial(answers.checks, line),
            functools.partial(answers.claims, content),
            functools.partial(answers.seed, content),
        ]
        for read in readers:
            try:
                read()
            except AnswerError as error:
                shown(str(error))


@pytest.mark.parametrize("key", ["came", "actual"])
def test_seats_of_either_version_answer(key: str) -> None:
    """A seat that was not provisioned anew, and one that was: schema 1 and 2 of a check."""
    line = json.dumps({"labs": [{"id": "1.2", "passed": False, key: "得到 41"}]})
    assert answers.checks(line) == ([answers.Check("1.2", False, "得到 41")], "")


def test_collect() -> None:
    """An archive with any manifest, whole or cut, is read or is damaged; never anything else."""
    for chance in chances():
        manifest = str(answer(chance)).encode("utf-8", "surrogatepass")
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as packed:
            member = tarfile.TarInfo("manifest.json")
            member.size = len(manifest)
            packed.addfile(member, io.BytesIO(manifest))
        data = bytearray(out.getvalue())
        if chance.random() < 0.3:
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        try:
            found = collected.manifest(io.BytesIO(data))
        except collected.DamagedError as error:
            shown(str(error))
        else:
            for name, why in found.left_out:
                shown(name + why)


def test_reset_and_remove_and_restore() -> None:
    """What stands there, where an archive is, and what came back."""
    readers: list[Callable[[Any], object]] = [
        answers.work,
        functools.partial(answers.archive_path, number="20260002"),
        answers.restored,
    ]
    for chance in chances():
        outcomes = {"seat02": SeatOutcome("seat02", "", False, {"said": answer(chance)})}
        for reader in readers:
            told, answered = seats.read(outcomes, "said", reader)
            assert bool(told["seat02"].reason) != ("seat02" in answered)
            shown(told["seat02"].reason)
            # What a reader says itself is safe as well.
            try:
                reader(chance.choice((answer(chance), ESCAPES)))
            except AnswerError as error:
                shown(str(error))


def test_reason_of_a_failure() -> None:
    """Is never empty, and is one line that is safe to show."""
    for chance in chances():
        content = {
            key: answer(chance)
            for key in ("msg", "stdout", "stderr", "rc")
            if chance.random() < 0.5
        }
        for kind in ("连不上", "没有做完"):
            said = reason(content, kind)
            assert len(said) > len(kind)
            shown(said)
            assert "\n" not in said


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Host key for [192.0.2.7]:2207 has changed and you have requested strict checking.", "ssh-keygen -R '[192.0.2.7]:2207'"),
        ("ssh: connect to host 192.0.2.7 port 22: Connection refused", "make up"),
        ("", "make up"),
        ("ssh: Could not resolve hostname seat07: Name or service not known", "hosts.yml"),
    ],
)  # fmt: skip
def test_seat_that_cannot_be_reached_has_its_cure(said: str, told: str) -> None:
    """With the very command, however much ssh says around it."""
    assert told in reason(
        {"msg": f"Failed to connect to the host via ssh: {'@' * 900}{said}" if said else ""},
        "连不上",
    )


def test_plain_text_is_one_short_line() -> None:
    """Whatever it was."""
    for chance in chances():
        longest = chance.randrange(1, 50)
        found = plain(letters(chance) * chance.randrange(9), longest)
        shown(found)
        assert "\n" not in found
        assert len(found) <= longest + 1
        assert not cell(found).startswith(FORMULA)
        assert not any(cell(f"{sign}{found}").startswith(FORMULA) for sign in FORMULA)


def test_remove_tells_only_of_its_own_archive(tmp_path: pathlib.Path) -> None:
    """A seat that names another student's archive has not removed this one's."""
    found = CourseClass(tmp_path, ROSTER)
    said = "archive /var/lib/coursebox/removed/20260001-20260101-000000.tar.gz\nremoved\n"
    outcome = SeatOutcome("seat02", "", True, {"removed": said})
    told = remove._archives(found, {"seat02": outcome}, {"seat02": "20260002"})
    assert "存档在哪里" in told["seat02"].reason
