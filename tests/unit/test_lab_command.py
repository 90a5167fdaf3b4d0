"""The `lab` command by its front door: what a student sees, and the exit codes that programs rely on."""

from __future__ import annotations

import datetime
import json
import pathlib
import shutil
import subprocess
import sys
import unicodedata

import pexpect
import pytest

from host.paths import ROOT
from lab import __version__, text, verbs
from tests.support.lab_course import Course
from tests.support.terminal import ESCAPES


@pytest.fixture
def course(tmp_path: pathlib.Path) -> Course:
    """Two chapters; 4.1.10 stands behind 4.1.9."""
    course = Course(tmp_path)
    course.lab("4.1.9", one="print(1)", two="print(2)")
    course.lab("4.1.10", one="print(3)")
    course.lab("5.1")
    return course


def cells(text: str) -> int:
    """Columns in a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def screen(course: Course, *words: str, columns: int = 80, **environ: str) -> str:
    """What the command prints in a terminal."""
    child = course.terminal(*words, columns=columns, **environ)
    child.expect(pexpect.EOF)
    assert isinstance(child.before, str)
    return child.before.replace("\r\n", "\n")


def test_list_is_in_the_courses_order(course: Course) -> None:
    """By number, not by letter."""
    listed = json.loads(course.run("list", "--json").stdout)
    assert listed["schema"] == 2
    assert [lab["id"] for lab in listed["labs"]] == ["4.1.9", "4.1.10", "5.1"]


def test_list_says_all_that_is_promised(course: Course) -> None:
    """The playbooks read these keys."""
    course.run("run", "4.1.9")
    listed = json.loads(course.run("list", "4", "--json").stdout)["labs"]
    updated = datetime.datetime.fromisoformat(listed[0].pop("updated"))
    assert updated.tzinfo is not None
    assert listed[0].pop("since") is not None
    common = {"chapter": "4", "attempts": 0, "hints": 0, "failure": None}
    assert listed == [
        {"id": "4.1.9", "title": "题目4.1.9", "state": "started", **common},
        {
            "id": "4.1.10",
            "title": "题目4.1.10",
            "state": "new",
            "updated": None,
            "since": None,
            **common,
        },
    ]


def test_list_for_people(course: Course) -> None:
    """Chapter, id, state, title."""
    course.run("run", "4.1.9")
    text = course.run("list").stdout
    assert "第 4 章  第4章的题目" in text
    assert "  4.1.9   进行中  题目4.1.9\n" in text
    assert "  5.1     未开始  题目5.1\n" in text


def test_overview_shows_the_way(course: Course) -> None:
    """Progress by chapter, the next lab, how to go on."""
    text = course.run().stdout
    assert "[----------] 0/2" in text
    assert "下一个：  4.1.9 题目4.1.9" in text
    assert "接着做：  lab show 4.1.9 看指南，再用 lab run 4.1.9 跑例子\n" in text
    course.run("show", "4.1.9")
    text = course.run().stdout
    assert "[#####-----] 1/2" in text
    assert "[----------] 0/1" in text
    assert "上次做到：4.1.9 题目4.1.9" in text
    assert "下一个：  4.1.10 题目4.1.10" in text


def test_bars_count_what_has_passed(course: Course) -> None:
    """A lab that was begun is not done; the list says the same as the overview."""
    course.run("run", "4.1.9")
    assert "[----------] 0/2" in course.run().stdout
    assert "第4章的题目  [----------] 0/2" in course.run("list").stdout
    course.run("show", "4.1.9")
    assert "第4章的题目  [#####-----] 1/2" in course.run("list").stdout


def test_overview_goes_on_with_what_has_not_passed(course: Course) -> None:
    """What was begun comes before what is new."""
    course.run("run", "4.1.9")
    text = course.run().stdout
    assert "正在做：  4.1.9 题目4.1.9" in text
    assert "上次做到" not in text
    assert "下一个" not in text


def test_overview_leads_through_an_exercise(course: Course) -> None:
    """From the guide to the exercise to the check; a failed one is not passed over."""
    course.exercise("5.2", one="print(5)")
    course.run("show", "5.1")
    way = "接着做：  lab show 5.2 看指南，再用 lab run 5.2 跑例子，再用 lab start 5.2 做练习\n"
    assert way in course.run().stdout
    course.run("start", "5.2")
    course.run("check", "5.2")
    text = course.run().stdout
    assert "正在做：  5.2 题目5.2" in text
    assert "lab check 5.2 检查，要提示：lab hint 5.2" in text
    course.work("5.2").write_text("42\n", "utf-8")
    assert course.run("check", "5.2").returncode == 0
    text = course.run().stdout
    assert "上次做到：5.2 题目5.2" in text
    assert "[##########] 2/2" in text


def test_overview_leads_on_before_it_leads_back(course: Course) -> None:
    """Who began in the middle goes on there; what was skipped comes at the end."""
    course.run("show", "4.1.10")
    assert "下一个：  5.1 题目5.1" in course.run().stdout
    course.run("show", "5.1")
    assert "下一个：  4.1.9 题目4.1.9" in course.run().stdout


def test_overview_when_all_is_done(course: Course) -> None:
    """There is no next lab."""
    for lab in ("4.1.9", "4.1.10", "5.1"):
        course.run("show", lab)
    text = course.run().stdout
    assert "全部实验都通过了" in text
    assert "下一个" not in text


def test_showing_a_lab_without_exercise_passes_it(course: Course) -> None:
    """Reading is all that it asks for; no check was made, so none is counted."""
    done = course.run("show", "5.1")
    assert (done.returncode, done.stderr) == (0, "")
    entry = course.progress("5.1")
    assert (entry["state"], entry["attempts"], entry["failure"]) == ("passed", 0, None)


def test_showing_an_exercise_only_says_how_to_start_it(course: Course) -> None:
    """At the end, where it is seen, in a terminal and in a pipe."""
    course.exercise("5.2")
    last = "这个实验有练习，开始做：lab start 5.2"
    assert course.run("show", "5.2").stdout.splitlines()[-1] == last
    assert screen(course, "show", "5.2").splitlines()[-1] == last
    assert course.states()["5.2"] == "new"


def test_guide_is_shown_when_nothing_can_be_kept(course: Course) -> None:
    """One line says so."""
    (course.home / ".local").write_text("", "utf-8")
    done = course.run("show", "5.1")
    assert (done.returncode, "粗体" in done.stdout) == (0, True)
    assert "进度" in done.stderr


@pytest.mark.parametrize("columns", [40, 60, 80])
@pytest.mark.parametrize("words", [(), ("list",), ("show", "4.1.9"), ("run", "--help")])
def test_fits_narrow_terminals(course: Course, words: tuple[str, ...], columns: int) -> None:
    """No line is longer than the terminal is wide, wide letters counted as two."""
    for lab in ("4.1.9", "4.1.10"):
        path = course.labfiles / "4" / lab / "lab.toml"
        long = "很长的题目" * 7
        path.write_text(path.read_text("utf-8").replace(f"题目{lab}", long), "utf-8")
    text = screen(course, *words, columns=columns, TERM="dumb" if "show" in words else "xterm")
    assert text.strip()
    assert max(cells(line) for line in text.splitlines()) <= columns


def test_titles_line_up_behind_wide_letters(course: Course) -> None:
    """A bar begins in the same column in each row."""
    path = course.labfiles / "5/chapter.toml"
    path.write_text('title = "TCP 编程"\nsummary = "x"\n', "utf-8")
    rows = [line for line in course.run().stdout.splitlines() if "[" in line]
    assert len({cells(row[: row.index("[")]) for row in rows}) == 1


def test_guide_is_rendered_in_a_terminal(course: Course) -> None:
    """Bold is bold."""
    text = screen(course, "show", "4.1.9")
    assert "\x1b[1m粗体\x1b[0m" in text
    assert "**" not in text


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"NO_COLOR": "1"}, {"TERM": ""}])
def test_guide_without_colour_is_plain(course: Course, environ: dict[str, str]) -> None:
    """No escape sequences, and never an empty screen."""
    text = screen(course, "show", "4.1.9", columns=80, **environ)
    assert "**粗体**" in text
    assert "\x1b" not in text


def test_guide_in_a_pipe_is_the_file(course: Course) -> None:
    """So that `lab show ID | less` is readable."""
    guide = course.labfiles / "4/4.1.9/guide.md"
    assert course.run("show", "4.1.9").stdout == guide.read_text("utf-8")


def test_guide_loses_no_letter_in_narrow_tables(course: Course) -> None:
    """The library's own tables cut off what does not fit."""
    long = "从哪台机器到哪台机器再到下一台机器一直走到头"
    table = (
        f"| 甲 | 乙 | 丙 |\n| --- | --- | --- |\n| {long} | socket.inet_aton.long.name | {long} |\n"
    )
    (course.labfiles / "4/4.1.9/guide.md").write_text(table, "utf-8")
    text = screen(course, "show", "4.1.9", columns=40)
    assert "…" not in text
    for letter in set(long):
        assert text.count(letter) == 2 * long.count(letter)


def test_guide_fills_its_lines(course: Course) -> None:
    """A line ends between two Chinese letters, not at the last blank."""
    (course.labfiles / "4/4.1.9/guide.md").write_text("运行 lab " + "很长的一句话" * 9, "utf-8")
    first = screen(course, "show", "4.1.9", columns=60).splitlines()[0]
    assert cells(first.rstrip()) >= 58


def test_end_of_a_source_line_is_no_blank(course: Course) -> None:
    """Between Chinese letters; between others it is one."""
    guide = course.labfiles / "4/4.1.9/guide.md"
    guide.write_text("第一行\n**接着**说，\n`ls` 和\n`cd` one\ntwo", "utf-8")
    text = ESCAPES.sub("", screen(course, "show", "4.1.9"))
    assert "第一行接着说，ls 和 cd one two" in text


def test_long_guide_says_how_to_page(course: Course) -> None:
    """The beginning has scrolled away."""
    guide = course.labfiles / "4/4.1.9/guide.md"
    guide.write_text("段落\n\n" * 30, "utf-8")
    assert "lab show 4.1.9 | less" in screen(course, "show", "4.1.9")


def test_output_is_utf8_in_any_locale(course: Course) -> None:
    """`LANG=C` comes with many a login."""
    done = course.run("list", environ={"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"})
    assert (done.returncode, "题目4.1.9" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "4.1.99"), "4.1.9"),
        (("show", "4.1"), "里面的实验是：4.1.9 4.1.10"),
        (("run", "9.9"), "没有实验 9.9"),
        (("list", "8"), "没有第 8 章"),
        (("lst",), "lab list"),
        (("",), "没有命令"),
        (("4.1.9",), "lab show 4.1.9"),
        (("run",), "还缺少：ID"),
        (("run", "4.1.9", "one", "more"), "不认识：more"),
        (("list", "--yaml"), "不认识：--yaml"),
        (("list", "--yaml"), "用法：lab list"),
        (("sync", "--from"), "后面要写一个值"),
        (("sync", "--json=1"), "后面不能有值"),
        (("run", "4.1.9:one", "two"), "留下一个"),
        (("--nothing",), "不认识：--nothing"),
    ],
)
def test_wrong_use_is_explained(course: Course, words: tuple[str, ...], message: str) -> None:
    """In Chinese, with the cure, and exit code 2."""
    done = course.run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    for english in ("usage", "error", "argument", "Traceback"):
        assert english not in done.stderr


def test_nearest_labs_come_first(course: Course) -> None:
    """Near in the course, not in spelling."""
    for number in range(2, 6):
        course.lab(f"5.3.{number}")
    assert "是不是：5.3.2 5.3.3 5.3.4？" in course.run("show", "5.3.1").stderr


@pytest.mark.parametrize("written", ["４.１.９", "4。1。9", " 4.1.9"])
def test_ids_from_a_chinese_keyboard(course: Course, written: str) -> None:
    """Full-width digits and the Chinese full stop are what an input method makes of an id."""
    assert course.run("show", written).returncode == 0


@pytest.mark.parametrize("verb", ["", *verbs.names()])
def test_help_is_chinese(course: Course, verb: str) -> None:
    """For every verb, argparse's own words included."""
    done = course.run(*([verb] if verb else []), "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"用法：lab {verb}".rstrip())
    assert "选项：" in done.stdout
    for english in ("usage", "options", "optional", "positional", "show this"):
        assert english not in done.stdout


def test_only_the_named_verb_is_imported(course: Course) -> None:
    """All the others would slow its start down."""
    others = [f"lab.verbs.{name}" for name in verbs.names() if name != "list"]
    code = f"import sys; sys.modules.update(dict.fromkeys({others})); from lab.cli import main; sys.exit(main(['list']))"
    done = subprocess.run([sys.executable, "-c", code], env=course.environ(), check=False)
    assert done.returncode == 0


def test_version(course: Course) -> None:
    """One line."""
    assert course.run("--version").stdout == f"lab {__version__}\n"


def test_reader_that_has_gone(course: Course) -> None:
    """`lab list | head -1` prints no traceback."""
    command = f"{sys.executable} -m lab list | true"
    done = subprocess.run(
        ["bash", "-c", command], env=course.environ(), capture_output=True, check=False, cwd="/"
    )
    assert done.stderr == b""


def test_output_that_cannot_be_written(course: Course) -> None:
    """A full disk behind `>` is said, without a traceback."""
    command = f"{sys.executable} -m lab list > /dev/full"
    done = subprocess.run(
        ["bash", "-c", command], env=course.environ(), capture_output=True, check=False, cwd="/"
    )
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr
    assert "lab：" in done.stderr.decode()


def test_missing_library_is_the_installations_fault(course: Course) -> None:
    """Exit code 3, and no traceback."""
    script = "import sys; sys.modules['fastjsonschema'] = None; from lab.cli import main; sys.exit(main(['list']))"
    done = subprocess.run(
        [sys.executable, "-c", script], env=course.environ(), capture_output=True, check=False
    )
    assert done.returncode == 3
    assert "安装不完整" in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_installed_command_stands_apart(course: Course, tmp_path: pathlib.Path) -> None:
    """Modules of the student's with a library's name break nothing, and no bytecode is written."""
    release = tmp_path / "release"
    shutil.copytree(ROOT / "lab", release / "lab", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(course.labfiles, release / "labfiles")
    import fastjsonschema
    import tomli

    for library in (fastjsonschema, tomli):
        source = pathlib.Path(library.__file__ or "").parent
        ignored = shutil.ignore_patterns("__pycache__", "*.so")
        shutil.copytree(source, release / "site" / source.name, ignore=ignored)
    for name in ("json", "rich", "fastjsonschema", "lab"):
        (course.home / f"{name}.py").write_text("raise SystemExit(9)\n", "utf-8")
    environ = course.environ(PYTHONPATH=str(course.home))
    del environ["COURSEBOX_LABFILES"]
    command = ["/usr/bin/python3", "-IS", str(release / "lab/launch.py"), "list"]
    done = subprocess.run(
        command, env=environ, cwd=course.home, capture_output=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "4.1.10" in done.stdout
    assert not list(release.rglob("*.pyc"))


@pytest.mark.parametrize(
    ("part", "whole", "bar"),
    [
        (0, 10, "[----------]"),
        (1, 100, "[#---------]"),
        (99, 100, "[#########-]"),
        (7, 7, "[##########]"),
        (0, 0, "[----------]"),
    ],
)
def test_bar(part: int, whole: int, bar: str) -> None:
    """Full only when all is done, empty only when nothing is."""
    assert text.bar(part, whole) == bar


def test_lines_break_as_chinese_does() -> None:
    """Never before a comma or behind an opening quote."""
    broken = text.wrapped("一二三，四五“六七”八九", 7)
    lines = broken.split("\n")
    assert broken.replace("\n", "") == "一二三，四五“六七”八九"
    assert not [line for line in lines if line[0] in "，”" or line[-1] == "“"]
    assert max(cells(line) for line in lines) <= 7
