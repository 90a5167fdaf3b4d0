"""The roster as spreadsheets save it: what is read, and every fault with its place."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from classroom import roster
from host.paths import ROOT

HEADER = "学号,姓名,班级,座位,公钥\n"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f key@home"
GOOD = f"{HEADER}20260101,甲,一班,seat07,{KEY}\n20260102,乙,一班,,\n20260103,丙 丁,二班,PC-03,\n"


def write(folder: pathlib.Path, text: str, encoding: str = "utf-8") -> pathlib.Path:
    """A roster file."""
    path = folder / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_is_read_as_spreadsheets_save_it(
    tmp_path: pathlib.Path, encoding: str, ending: str, delimiter: str
) -> None:
    """In every encoding, with any line ending and delimiter."""
    text = GOOD.replace(",", delimiter).replace("\n", ending)
    found = roster.load(write(tmp_path, text, encoding))
    assert [(s.number, s.name, s.group, s.seat) for s in found.students] == [
        ("20260101", "甲", "一班", "seat07"),
        ("20260102", "乙", "一班", "seat01"),
        ("20260103", "丙 丁", "二班", "pc-03"),
    ]
    assert found.students[0].key == KEY
    assert [student.line for student in found.students] == [2, 3, 4]
    assert [remark for remark in found.remarks if "第 4 行第 2 列" in remark]


def test_columns_may_stand_in_any_order(tmp_path: pathlib.Path) -> None:
    """And optional ones may be missing."""
    found = roster.load(write(tmp_path, "班级,姓名,学号\n一班,甲,1\n一班,乙,2\n"))
    assert [(s.number, s.seat) for s in found.students] == [("1", "seat01"), ("2", "seat02")]


def test_given_seats_are_not_given_again(tmp_path: pathlib.Path) -> None:
    """Who has none gets the first that nobody has."""
    text = "学号,姓名,班级,座位\n1,甲,一班,seat01\n2,乙,一班,\n3,丙,一班,seat02\n"
    found = roster.load(write(tmp_path, text))
    assert [student.seat for student in found.students] == ["seat01", "seat03", "seat02"]


def test_name_keeps_quotes_and_blanks(tmp_path: pathlib.Path) -> None:
    """They are part of the name; a word is said about them."""
    text = '学号,姓名,班级\n1,"A ""甲"" O\'B",一班\n'
    found = roster.load(write(tmp_path, text))
    assert found.students[0].name == 'A "甲" O\'B'
    assert "第 2 行第 2 列" in found.remarks[0]


def test_empty_lines_are_passed_over(tmp_path: pathlib.Path) -> None:
    """With a word about those between students; what a spreadsheet leaves at the end is nothing."""
    text = "学号,姓名,班级\n1,甲,一班\n,,\n2,乙,一班\n,,\n\n"
    found = roster.load(write(tmp_path, text))
    assert len(found.students) == 2
    assert [remark.split("：")[0].endswith("第 3 行") for remark in found.remarks] == [True]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["文件是空的"]),
        ("学号,姓名,班级\n", ["没有学生"]),
        ("学号,班级\n1,一班\n", ["第 1 行", "缺少列 姓名"]),
        ("学号,姓名,班级,电话\n1,甲,一班,2\n", ["第 1 行第 4 列", "'电话'"]),
        ("学号,姓名,班级,学号\n1,甲,一班,2\n", ["第 1 行第 4 列", "写了两次"]),
        ("学号,姓名,班级\n1,甲,一班\n1,乙,一班\n", ["第 3 行第 1 列", "学号重复", "第 2 行"]),
        ("学号,姓名,班级\nA1,甲,一班\na1,乙,一班\n", ["第 3 行第 1 列", "学号重复"]),
        (f"{HEADER}1,甲,一班,seat01,\n2,乙,一班,SEAT01,\n", ["第 3 行第 4 列", "同一个座位"]),
        ("学号,姓名,班级\n1,=1+1,一班\n", ["第 2 行第 2 列", "公式"]),
        ("学号,姓名,班级\n@SUM(A1),甲,一班\n", ["第 2 行第 1 列", "公式"]),
        ("学号,姓名,班级\n,甲,一班\n", ["第 2 行第 1 列", "是空的"]),
        ("学号,姓名,班级\n1,,一班\n", ["第 2 行第 2 列", "是空的"]),
        ("学号,姓名,班级\n2.0261E+11,甲,一班\n", ["第 2 行第 1 列", "科学计数法"]),
        ("学号,姓名,班级\n../1,甲,一班\n", ["第 2 行第 1 列", "只能有字母"]),
        ("学号,姓名,班级\n一,甲,一班\n", ["第 2 行第 1 列", "只能有字母"]),
        (f"{HEADER}1,甲,一班,seat 1,\n", ["第 2 行第 4 列", "不是主机名"]),
        (f"{HEADER}1,甲,一班,-oProxyCommand=x,\n", ["第 2 行第 4 列", "公式"]),
        (f"{HEADER}1,甲,一班,localhost,\n", ["第 2 行第 4 列", "另有用处"]),
        (f"{HEADER}1,甲,一班,127.0.0.1,\n", ["第 2 行第 4 列", "hosts.yml"]),
        (f"{HEADER}1,甲,一班,7,\n", ["第 2 行第 4 列", "hosts.yml"]),
        (f"{HEADER}1,甲,一班,a..b,\n", ["第 2 行第 4 列", "不是主机名"]),
        ("学号,姓名,班级\n1,甲\u202e乙,一班\n", ["第 2 行第 2 列", "U+202E"]),
        (f"{HEADER}1,甲,一班,seat01,ssh-rsa\n", ["第 2 行第 5 列", "公钥"]),
        (f"{HEADER}1,甲,一班,seat01,{KEY[:-30]}\n", ["第 2 行第 5 列", "公钥"]),
        (f"{HEADER}1,甲,一班,seat01,{KEY.replace('ssh-ed25519 ', 'ssh-rsa ')}\n", ["公钥"]),
        ("学号,姓名,班级\n1,甲,一班,多了\n", ["第 2 行第 4 列", "没有列名"]),
        ('学号,姓名,班级\n1,"甲,一班\n2,乙,一班\n', ["第 2 行", "引号"]),
        ('学号,姓名,班级\n1,"甲\n乙",一班\n', ["第 2 行第 2 列", "换行"]),
        (f"学号,姓名,班级\n1,{'甲' * 65},一班\n", ["第 2 行第 2 列", "超过 64"]),
    ],
)
def test_fault_is_named_by_its_place(tmp_path: pathlib.Path, text: str, said: list[str]) -> None:
    """Before anything runs."""
    with pytest.raises(roster.RosterError) as caught:
        roster.load(write(tmp_path, text))
    for words in said:
        assert words in str(caught.value)


def test_all_faults_are_named_at_once(tmp_path: pathlib.Path) -> None:
    """Nobody wants to mend a list one run at a time."""
    with pytest.raises(roster.RosterError) as caught:
        roster.load(write(tmp_path, "学号,姓名,班级\n,甲,一班\n1,,一班\n1,乙,=A1\n"))
    assert len(str(caught.value).splitlines()) == 4


@pytest.mark.bad_input
def test_binary_file_is_refused(tmp_path: pathlib.Path) -> None:
    """A workbook is no CSV."""
    path = tmp_path / "roster.csv"
    path.write_bytes(b"PK\x03\x04\x00\x00\x00\x00\xff")
    with pytest.raises(roster.RosterError, match="另存为"):
        roster.load(path)


@pytest.mark.bad_input
def test_missing_file_is_named(tmp_path: pathlib.Path) -> None:
    """With its path."""
    with pytest.raises(roster.RosterError, match=r"roster\.csv"):
        roster.load(tmp_path / "roster.csv")


@pytest.mark.bad_input
def test_ansible_stops_at_a_fault(tmp_path: pathlib.Path) -> None:
    """It never takes the lines of a roster for hosts of another format."""
    write(tmp_path, "学号,姓名,班级\n1,甲,一班\n1,乙,一班\n")
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "ansible-inventory", "-i", tmp_path, "--list"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "第 3 行第 1 列" in done.stderr
    assert "hosts" not in done.stdout
