"""What a teacher types wrong, and what a class's folder may have become: one line that names it, and nothing is changed."""

from __future__ import annotations

import os
import pathlib
import tarfile
from collections.abc import Callable

import pytest

from classroom import __main__ as classroom
from classroom import course_class, passwords, seats
from host import __main__ as host
from host import consent, machines, seat, vagrant
from host.errors import HostError

pytestmark = pytest.mark.bad_input
ROSTER = "学号,姓名,班级,座位\n20260101,甲,一班,seat01\n20260102,乙,一班,seat02\n"


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A class of two, whose passwords were made; no playbook may begin."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ANSIBLE_VAULT_PASSWORD_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "mine"
    place.mkdir()
    (place / "roster.csv").write_text(ROSTER)
    passwords.ensure(place, ["20260101", "20260102"])
    (place / "class-id").write_text("1f0c9e2a\n")

    def started(*_: object) -> int:
        raise AssertionError("a playbook was begun")

    monkeypatch.setattr(seats, "_run", started)
    return place


def standing(folder: pathlib.Path) -> dict[str, bytes | None]:
    """All that stands in a folder; only plain files are read."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        if path.is_file() and not path.is_symlink()
        else None
        for path in sorted(folder.rglob("*"))
        if path.name != "collected"
    }


def refused(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 1
) -> str:
    """The one line that a verb says, having seen that nothing was changed."""
    before = standing(folder.parent)
    assert classroom.main(arguments) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("coursebox：")
    assert said.err.count("\n") == 1, said.err
    assert "\x1b" not in said.err
    assert standing(folder.parent) == before
    return said.err


BAD_OPTIONS = {
    "no folder": (["--class=", "report"], "CLASS=''"),
    "a blank for a folder": (["--class= ", "report"], "CLASS=' '"),
    "a folder that is not there": (["--class=nowhere", "report"], "inventories/example"),
    "the roster for its folder": (["--class=mine/roster.csv", "report"], "写它所在的文件夹：CLASS="),
    "the folder of the folder": (["--class=.", "report"], "没有 roster.csv"),
    "a device": (["--class=/dev/null", "report"], "没有 roster.csv"),
    "two names": (["--class=mine other", "report"], "没有 roster.csv"),
    "nobody to remove": (["--class=mine", "remove"], "LIMIT=seat07"),
    "nothing to remove": (["--class=mine", "remove", "--limit="], "LIMIT=seat07"),
    "nobody to restore": (["--class=mine", "restore"], "LIMIT=seat07"),
    "all to remove": (["--class=mine", "remove", "--limit=all", "--yes"], "“all” 不在名单里"),
    "nothing to reset": (["--class=mine", "reset", "--limit="], "LIMIT=''"),
    "nobody to provision": (["--class=mine", "provision", "--limit=seat09"], "“seat09” 不在名单里"),
    "no lab": (["--class=mine", "reset", "--limit=seat01", "--lab="], "LAB=''"),
    "a blank for a lab": (["--class=mine", "reset", "--limit=seat01", "--lab= "], "LAB=' '"),
    "a lab that is none": (["--class=mine", "reset", "--limit=seat01", "--lab=9.9"], "LAB='9.9'"),
    "a chapter for a lab": (["--class=mine", "reset", "--limit=seat01", "--lab=5"], "LAB='5'"),
    "a path for a lab": (["--class=mine", "reset", "--limit=seat01", "--lab=../7.3"], "LAB='../7.3'"),
    "two labs": (["--class=mine", "reset", "--limit=seat01", "--lab=1.2 5.3.2"], "LAB='1.2 5.3.2'"),
    "escapes for a lab": (["--class=mine", "reset", "--limit=seat01", "--lab=\x1b[2J"], "LAB="),
    "no for an answer": (["--class=mine", "remove", "--limit=seat01", "--yes=no"], "YES='no'"),
    "zero for an answer": (["--class=mine", "reset", "--yes=0"], "YES='0'"),
    "a word for an answer": (["--class=mine", "reset", "--limit=seat01", "--yes=maybe"], "YES='maybe'"),
    "no owner": (["--class=mine", "remove", "--limit=seat01", "--owner="], "OWNER=''"),
    "a name for an owner": (["--class=mine", "remove", "--limit=seat01", "--owner=张三"], "OWNER='张三'"),
    "an owner of two seats": (["--class=mine", "remove", "--limit=一班", "--owner=7"], "OWNER='7'"),
    "an owner of no class": (["--class=mine", "remove", "--limit=seat01", "--owner=7@"], "OWNER='7@'"),
    "a program for an owner": (["--class=mine", "remove", "--limit=seat01", "--owner=$(id)"], "OWNER='$(id)'"),
    "no archive": (["--class=mine", "restore", "--limit=seat01", "--archive="], "ARCHIVE=''"),
    "an archive that is not there": (["--class=mine", "restore", "--limit=seat01", "--archive=gone.tar.gz"], "ARCHIVE=gone.tar.gz"),
    "a folder for an archive": (["--class=mine", "restore", "--limit=seat01", "--archive=."], "ARCHIVE=."),
    "a device for an archive": (["--class=mine", "restore", "--limit=seat01", "--archive=/dev/zero"], "ARCHIVE=/dev/zero"),
    "an archive of two": (["--class=mine", "restore", "--limit=一班", "--archive=x.tar.gz"], "ARCHIVE=x.tar.gz"),
    "a tilde of nobody": (["--class=mine", "restore", "--limit=seat01", "--archive=~nobody-there/x"], "ARCHIVE=~nobody-there/x"),
    "letters that are none": (["--class=mine", "restore", "--limit=seat01", "--archive=\udcff"], "ARCHIVE='\\udcff'"),
    "escapes for an archive": (["--class=mine", "restore", "--limit=seat01", "--archive=\x1b[2J"], "ARCHIVE="),
    "a name longer than any": (["--class=mine", "restore", "--limit=seat01", f"--archive={'x' * 300}"], "ARCHIVE=x"),
    "nothing collected yet": (["--class=mine", "regrade"], "先运行 make collect"),
}  # fmt: skip


@pytest.mark.parametrize(("typed", "said"), BAD_OPTIONS.values(), ids=list(BAD_OPTIONS))
def test_what_was_typed_is_named(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str], typed: list[str], said: str
) -> None:
    """Before any seat is spoken to; what is given and says nothing never means everything."""
    assert said in refused(folder, capsys, *typed)


def packed(folder: pathlib.Path, *members: str, size: int | None = None) -> None:
    """An archive `x.tar.gz` with such members, beside the class, cut off at a size."""
    with tarfile.open(folder.parent / "x.tar.gz", "w:gz") as archive:
        for name in members:
            archive.addfile(tarfile.TarInfo(name))
    if size is not None:
        os.truncate(folder.parent / "x.tar.gz", size)


ARCHIVES: dict[str, Callable[[pathlib.Path], object]] = {
    "empty": lambda folder: (folder.parent / "x.tar.gz").touch(),
    "no archive": lambda folder: (folder.parent / "x.tar.gz").write_text("PK\x03\x04"),
    "a pipe": lambda folder: os.mkfifo(folder.parent / "x.tar.gz"),
    "a link to nowhere": lambda folder: (folder.parent / "x.tar.gz").symlink_to("nowhere"),
    "a link to itself": lambda folder: (folder.parent / "x.tar.gz").symlink_to("x.tar.gz"),
    "a path above": lambda folder: packed(folder, "labs/a", "../../etc/passwd"),
    "a path from the root": lambda folder: packed(folder, "/etc/passwd"),
    "escapes in a name": lambda folder: packed(folder, "../\x1b[2J"),
    "cut off": lambda folder: packed(folder, *map(str, range(99)), size=90),
}


@pytest.mark.parametrize("made", ARCHIVES.values(), ids=list(ARCHIVES))
def test_an_archive_that_is_none_is_named(
    folder: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    made: Callable[[pathlib.Path], object],
) -> None:
    """It is read to its end before anything is sent."""
    made(folder)
    said = refused(
        folder, capsys, "--class=mine", "restore", "--limit=seat01", "--archive=x.tar.gz"
    )
    assert "ARCHIVE=x.tar.gz" in said


def replaced(name: str, content: bytes | None) -> Callable[[pathlib.Path], object]:
    """What makes a file of the class's folder be a folder, or hold something else."""

    def make(folder: pathlib.Path) -> None:
        (folder / name).unlink(missing_ok=True)
        if content is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(content)

    return make


def piped(name: str) -> Callable[[pathlib.Path], object]:
    """What makes a file of the class's folder be a pipe, which would never end."""

    def make(folder: pathlib.Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return make


def variables(name: str, text: str) -> Callable[[pathlib.Path], object]:
    """What makes a file of variables, with the folders that it stands in."""

    def make(folder: pathlib.Path) -> None:
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)

    return make


FOLDERS: dict[str, tuple[Callable[[pathlib.Path], object], str]] = {
    "a folder for a roster": (replaced("roster.csv", None), "roster.csv"),
    "a pipe for a roster": (piped("roster.csv"), "roster.csv"),
    "an empty roster": (replaced("roster.csv", b""), "文件是空的"),
    "a roster of a byte order mark": (replaced("roster.csv", b"\xef\xbb\xbf"), "文件是空的"),
    "a spreadsheet for a roster": (replaced("roster.csv", b"PK\x03\x04\0\0\xff"), "CSV UTF-8"),
    "a page for a roster": (replaced("roster.csv", b"<html>"), "缺少列"),
    "a roster without its head": (replaced("roster.csv", ROSTER[14:].encode()), "第 1 行"),
    "a roster in upper case": (lambda folder: (folder / "roster.csv").rename(folder / "Roster.CSV"), "没有 roster.csv"),
    "a folder for the passwords": (replaced("passwords.vault", None), "passwords.vault：不是文件"),
    "a pipe for the passwords": (piped("passwords.vault"), "passwords.vault：不是文件"),
    "empty passwords": (replaced("passwords.vault", b""), "passwords.vault：不是 ansible-vault"),
    "plain passwords": (replaced("passwords.vault", b"20260101: abc\n"), "passwords.vault：不是 ansible-vault"),
    "passwords that were cut off": (lambda folder: os.truncate(folder / "passwords.vault", 200), "passwords.vault"),
    "passwords of another key": (lambda folder: passwords.key_file().write_text("another\n"), "不是当初的那一个"),
    "passwords without a key": (lambda folder: passwords.key_file().unlink(), "没有"),
    "passwords that are a list": (lambda folder: (folder / "passwords.vault").write_bytes(passwords._vault().encrypt("[1]")), "不是学号和密码的表"),
    "passwords that are no YAML": (lambda folder: (folder / "passwords.vault").write_bytes(passwords._vault().encrypt("a: {")), "不是学号和密码的表"),
    "a folder for the id": (replaced("class-id", None), "class-id：不是班号"),
    "two words for the id": (replaced("class-id", b"a b\n"), "class-id：不是班号"),
    "a folder for the addresses": (replaced("hosts.yml", None), "hosts.yml：不是能读的文件"),
    "a pipe for the addresses": (piped("hosts.yml"), "hosts.yml：不是能读的文件"),
    "a bracket too few": (replaced("hosts.yml", b"seats:\n  hosts: {seat01\n"), "hosts.yml 第 3 行：不是 YAML"),
    "a tab": (replaced("hosts.yml", b"seats:\n\thosts:\n"), "hosts.yml 第 2 行：不是 YAML"),
    "a list of addresses": (replaced("hosts.yml", b"- seat01\n"), "hosts.yml 第 1 行：不是"),
    "addresses as INI has them": (replaced("hosts.yml", b"seat01 ansible_host=192.0.2.1\n"), "hosts.yml 第 1 行：不是"),
    "no addresses": (replaced("hosts.yml", b"\n"), "hosts.yml：是空的"),
    "addresses of other bytes": (replaced("hosts.yml", "a: 甲\n".encode("gb18030")), "hosts.yml：不是 UTF-8"),
    "addresses of no letters": (replaced("hosts.yml", b"a: \0\n"), "hosts.yml"),
    "an address twice": (replaced("hosts.yml", b"seats:\n  hosts:\n    seat01: {a: 1}\n    seat01: {a: 2}\n"), "第 4 行：又写了一次 seat01（第 3 行已经写过）"),
    "a file for the variables": (replaced("group_vars", b"x: 1\n"), "group_vars：要是一个文件夹"),
    "variables that are none": (variables("group_vars/all.yml", "a: {\n"), "group_vars/all.yml 第 2 行：不是 YAML"),
    "variables of a seat that are none": (variables("host_vars/seat01/x", "a: 'b\n"), "host_vars/seat01/x 第 2 行：不是 YAML"),
    "a list of variables": (variables("group_vars/seats.yaml", "- a\n"), "seats.yaml 第 1 行：不是"),
    "a variable twice": (variables("group_vars/all.yml", "a: 1\nb: 2\na: 3\n"), "第 3 行：又写了一次 a（第 1 行已经写过）"),
    "variables deeper than any": (variables("group_vars/all.yml", "a: " + "[" * 5000), "不是 YAML"),
}  # fmt: skip


@pytest.mark.parametrize(("made", "said"), FOLDERS.values(), ids=list(FOLDERS))
def test_what_the_folder_has_become_is_named(
    folder: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    made: Callable[[pathlib.Path], object],
    said: str,
) -> None:
    """With its file, before a seat is spoken to."""
    made(folder)
    before = standing(folder.parent)
    assert classroom.main(["--class=mine", "collect"]) == 1
    told = [line for line in capsys.readouterr().err.splitlines() if "个座位……" not in line]
    # A roster has a line for each of its faults.
    assert len(told) == 1 or all("roster.csv 第 1 行" in line for line in told)
    assert told[0].startswith("coursebox：")
    assert said in " ".join(told)
    assert standing(folder.parent) == before


@pytest.mark.parametrize("name", ["board.html", "board.csv"])
def test_a_board_that_cannot_be_written_is_named(
    folder: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """A folder stands where the page should: one line with its path."""
    (folder / "collected" / name).mkdir(parents=True)
    monkeypatch.setattr(seats, "playbook", lambda *_: {})
    assert classroom.main(["--class=mine", "report"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert name in told


def test_where_collected_is_a_file(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is collected would have no place."""
    (folder / "collected").write_text("mine")
    assert classroom.main(["--class=mine", "collect"]) == 1
    assert "collected：建不了" in capsys.readouterr().err
    assert (folder / "collected").read_text() == "mine"


@pytest.mark.parametrize("classes", [0, 2])
def test_which_class_is_asked(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    classes: int,
) -> None:
    """Where there is none, or more than one; the example is nobody's class."""
    for name in ("example", "one", "two")[: classes + 1]:
        place = tmp_path / "inventories" / name
        place.mkdir(parents=True)
        (place / "roster.csv").write_text(ROSTER)
    monkeypatch.setattr(course_class, "ROOT", tmp_path)
    assert classroom.main(["report"]) == 1
    told = capsys.readouterr().err
    assert ("CLASS=…" if classes else "inventories/example") in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("typed", ["0", "no", "否", "2", " ", "true?"])
def test_only_a_yes_is_one(typed: str) -> None:
    """By `make down` as by the teacher's verbs."""
    with pytest.raises(HostError, match="YES="):
        consent.given(typed)
    assert [consent.given(said) for said in ("", "1", "yes")] == [False, True, True]


@pytest.mark.parametrize(
    "named", ["", " ", "seat1", "SEAT01", "seat01,seat02", "all", "*", "../seat01"]
)
@pytest.mark.parametrize("verb", ["down", "ssh"])
def test_a_seat_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verb: str, named: str
) -> None:
    """Where two stand; what is given and says nothing does not mean all of them."""
    monkeypatch.setattr(machines, "existing", lambda: ["seat01", "seat02"])
    for maker in (vagrant, seat):
        monkeypatch.setattr(maker, "destroy", lambda *_: pytest.fail("something was destroyed"))
    monkeypatch.setattr(os, "execvp", lambda *_: pytest.fail("ssh was begun"))
    assert host.main([verb, f"--seat={named}", *(["--yes"] if verb == "down" else [])]) == 1
    said = capsys.readouterr().err
    assert "现有 seat01 seat02" in said
    assert repr(named) in said
