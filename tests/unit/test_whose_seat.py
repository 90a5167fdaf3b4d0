"""Whose seat it is: the class and the student that stand on it are compared by every verb, and by provisioning."""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
from typing import Any

import pytest
import yaml

from classroom import course_class, seats
from classroom.course_class import ClassError, CourseClass
from classroom.roster import Roster, Student
from classroom.seats import SeatOutcome
from classroom.verbs import remove, restore
from host.paths import ROOT
from plugins import state
from plugins.inventory import roster as inventory

OURS, OTHER = "1f0c9e2a", "net2026"
STUDENT = Student("20260101", "甲", "一班", "seat01", "", 2)
PROVE = (ROOT / "classroom/on_seat/prove.sh").read_text("utf-8")

# What the seat says of its class and student, and what this class says; then what is answered.
CASES = {
    "ours": (OURS, "20260101", OURS, ""),
    "provisioned before classes had an id": ("", "20260101", OURS, ""),
    "the same number in another class": (OTHER, "20260101", OURS, f"OWNER=20260101@{OTHER}"),
    "another number in another class": (OTHER, "20260102", OURS, f"OWNER=20260102@{OTHER}"),
    "another number in ours": (OURS, "20260102", OURS, "OWNER=20260102（"),
    "a class that has no id yet": (OTHER, "20260101", "", f"OWNER=20260101@{OTHER}"),
    "neither has an id": ("", "20260101", "", ""),
    "a class without a student, as a removal leaves it that was cut off": (OTHER, "", OURS, None),
}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))


@pytest.fixture
def noted(tmp_path: pathlib.Path) -> pathlib.Path:
    """What stands for the seat's /etc/coursebox."""
    place = tmp_path / "coursebox"
    place.mkdir()
    return place


def note(place: pathlib.Path, theirs: str, owner: str) -> None:
    """Write down whose seat it is, as provisioning does; what is empty was never written."""
    for name, value in (("class", theirs), ("owner", owner)):
        if value:
            (place / name).write_text(f"{value}\n")


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of a seat's on this computer."""
    return subprocess.run(
        ["sh", "-c", script, "sh", *arguments], capture_output=True, text=True, check=False
    )


@each_case
def test_verbs_prove_it(noted: pathlib.Path, case: tuple[str, str, str, str | None]) -> None:
    """Before they do anything there."""
    theirs, owner, ours, cure = case
    note(noted, theirs, owner)
    script = PROVE.replace("/etc/coursebox/$1", f"{noted}/$1") + "\necho went on"
    assert str(noted) in script
    done = run(script, "root", STUDENT.number, "seat01", ours)
    if cure == "":
        assert done.stdout == "went on\n"
        assert done.returncode == 0
        return
    assert done.returncode == 3
    assert "went on" not in done.stdout
    assert done.stdout.count("\n") == 1
    wanted = "没有写着账号是谁的" if cure is None else cure
    assert wanted in done.stdout
    if cure is not None:
        assert f"座位上是学号 {owner} 的" in done.stdout
        assert ("另一个班" in done.stdout) == (theirs != ours)
        assert all(name in done.stdout for name in (theirs, ours) if "@" in cure)


def stated(place: pathlib.Path, mending: bool, ours: str, owner: str) -> str:
    """The role's program as far as it is about the owner, with the notes in another place."""
    values: dict[str, Any] = {"release": {}, "ansible_managed": "", "ansible_connection": "ssh"}
    for role in (ROOT / "roles").iterdir():
        values |= yaml.safe_load((role / "defaults/main.yml").read_text("utf-8"))
    values |= {"users_class": ours, "users_owner": owner, "users_password": "secret"}
    text = (
        state.mending("users", values)[-1].decode()
        if mending
        else state.testing(["users"], values, False)
    )
    begin, end = text.index("owner_test() {"), text.index("state owner")
    script = text[begin:end].replace("/etc/coursebox", str(place))
    assert str(place) in script
    return script


def probed(place: pathlib.Path, ours: str, owner: str) -> list[str]:
    """What the users role's probe prints of the owner, on a seat that has the account."""
    words = 'account=here; due() { echo "due users $*"; }; refuse() { echo "refuse $*"; }\n'
    said = run(f"{words}{stated(place, False, ours, owner)}\nowner_test")
    assert said.stderr == ""
    return said.stdout.splitlines()


@each_case
def test_provisioning_proves_it(
    noted: pathlib.Path, case: tuple[str, str, str, str | None]
) -> None:
    """It gives the id to a seat that has none, and refuses one that has another."""
    theirs, owner, ours, cure = case
    note(noted, theirs, owner)
    said = probed(noted, ours, STUDENT.number)
    due = ["due users the account has another owner or class"]
    assert said[:1] == (due if (theirs, owner) != (ours, STUDENT.number) else [])
    assert [line.split()[0] for line in said[1:]] == (["refuse"] if cure else [])
    if cure:
        assert cure in said[1]


def test_the_password_is_given_with_owner_and_class(
    noted: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """A seat that gets its class later keeps the password that its student chose; a class that is gone leaves none."""
    stubs = f"set -eu\nchpasswd() {{ cat >> {tmp_path}/given; }}\nis_amiss() {{ :; }}\naccount='' amiss=''\n"
    stubs += "student=tarena\ndue() { amiss=yes; }\n"
    does = 'owner_test || :\nif [ -n "$amiss" ]; then owner_mend; fi\n'

    def give(owner: str, theirs: str) -> tuple[str, str, str]:
        """What stands on the seat then, and the password that was given."""
        given = tmp_path / "given"
        given.write_text("")
        done = run(stubs + stated(noted, True, theirs, owner) + does)
        assert (done.returncode, done.stderr) == (0, "")
        places = (noted / "owner", noted / "class", given)
        owner, theirs, password = (
            place.read_text().strip() if place.exists() else "" for place in places
        )
        return owner, theirs, password

    for owner, theirs, password in (
        ("20260101", "", "tarena:secret"),
        ("20260101", OURS, ""),
        ("20260101", OURS, ""),
        ("20260102", OTHER, "tarena:secret"),
        ("20260103", "", "tarena:secret"),
    ):
        assert give(owner, theirs) == (owner, theirs, password)


def test_a_class_has_one_id_of_its_own(tmp_path: pathlib.Path) -> None:
    """Made once, copied along with the folder, known to the roster's inventory."""
    ids = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        found = CourseClass(tmp_path / name, Roster((STUDENT,), ()))
        assert course_class.identity(found.folder) == ""
        for _ in range(2):
            found.ensure_identity()
            ids.add(course_class.identity(found.folder))
    assert len(ids) == 2
    assert all(re.fullmatch(course_class.IDENTITY_PATTERN, found) for found in ids)
    assert inventory._variables(STUDENT, OURS, {}, {})["users_class"] == OURS


@pytest.mark.bad_input
@pytest.mark.parametrize("content", ["a b", "../x", "班", "x" * 33, "-x", "a\nb", None, b"\xff"])
def test_an_id_that_is_none_is_told(tmp_path: pathlib.Path, content: str | bytes | None) -> None:
    """In one line with its file, and nothing is put over it."""
    path = tmp_path / course_class.IDENTITY
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = CourseClass(tmp_path, Roster((STUDENT,), ()))
    with pytest.raises(ClassError, match="不是班号") as refused:
        found.ensure_identity()
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.bad_input
def test_a_folder_that_cannot_be_written_is_told(tmp_path: pathlib.Path) -> None:
    """By the id and by what is to be kept, in one line each."""
    found = CourseClass(tmp_path / "gone", Roster((STUDENT,), ()))
    with pytest.raises(ClassError, match=r"class-id：写不了.*echo"):
        found.ensure_identity()
    with pytest.raises(ClassError, match=r"collected：建不了"):
        assert found.collected


@pytest.mark.parametrize(
    ("typed", "variables"),
    [
        ("20260199", {"owner": "20260199"}),
        (f"20260101@{OTHER}", {"owner": "20260101", "users_class": OTHER, "named": f"20260101@{OTHER}"}),
        ("20260101@", None), ("@x", None), ("a@b@c", None), ("20260101@a b", None), ("20260101@../x", None),
    ],
)  # fmt: skip
def test_owner_may_name_another_class(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    variables: dict[str, str] | None,
) -> None:
    """By the id that the seat's line named; what is neither is refused before anything runs."""
    asked: list[dict[str, object]] = []

    def playbook(*_: object, gone_allowed: bool, **given: object) -> dict[str, SeatOutcome]:
        asked.append(given)
        return {}

    monkeypatch.setattr(seats, "playbook", playbook)
    found = CourseClass(tmp_path, Roster((STUDENT,), ()))
    options = argparse.Namespace(limit="seat01", owner=typed, yes="1")
    if variables is None:
        with pytest.raises(ClassError, match=r"OWNER=.*班号"):
            remove.run(found, options)
        assert asked == []
    else:
        remove.run(found, options)
        assert asked == [variables]


@pytest.mark.bad_input
def test_another_class_s_archive_is_not_restored(tmp_path: pathlib.Path) -> None:
    """Though the number is the same; one of this class's, or from before classes had an id, is."""
    found = CourseClass(tmp_path, Roster((STUDENT,), ()))
    (tmp_path / course_class.IDENTITY).write_text(f"{OURS}\n")
    for name, refused in (
        (f"20260101@{OTHER}-20260101-000000.tar.gz", "班号 net2026"),
        (f"20260102@{OURS}-20260101-000000.tar.gz", "学号 20260102"),
        (f"20260101@{OURS}-20260101-000000.tar.gz", "不能用"),
        ("20260101-20260101-000000.tar.gz", "不能用"),
    ):
        (tmp_path / name).write_bytes(b"no archive")
        with pytest.raises(ClassError, match=refused):
            restore._archive(str(tmp_path / name), (STUDENT,), found)


def test_archives_of_other_students_are_passed_over(tmp_path: pathlib.Path) -> None:
    """Whose number begins like this one's, or who had it in another class; the newest of the own ones is taken."""
    script = (ROOT / "classroom/on_seat/restore.sh").read_text("utf-8")
    line = next(line for line in script.splitlines() if line.startswith("archive="))
    for name in (
        "a-20260101-000000", f"a@{OURS}-20260102-000000", f"a@{OTHER}-20260103-000000",
        "a-b-20260104-000000", "a-20260101-20260105-000000",
    ):  # fmt: skip
        (tmp_path / f"{name}.tar.gz").touch()
    asked = f'kept={tmp_path} sent= student=a\n{line}\necho "$archive"'
    assert (
        run(asked, "tarena", "a", "seat01", OURS)
        .stdout.strip()
        .endswith(f"/a@{OURS}-20260102-000000.tar.gz")
    )
    assert (
        run(asked, "tarena", "a", "seat01", "").stdout.strip().endswith("/a-20260101-000000.tar.gz")
    )
