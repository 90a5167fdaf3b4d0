"""Host tool, classroom and plugins in English: every message, in Python, on the pages and in what runs on seats."""

from __future__ import annotations

import ast
import json
import pathlib
import re
import string
import subprocess
import sys
from collections.abc import Iterator

import jinja2
import polib
import pytest
from jinja2.ext import extract_from_ast

from classroom import answers, board, progress, seats, slips
from classroom.course_class import CourseClass
from classroom.i18n import on_seats, script, translated
from classroom.roster import COLUMNS, OPTIONAL, Roster, Student
from host import environment, provision
from host.i18n import translated as of_host
from host.paths import ROOT
from lab import i18n
from lab.verbs.list import STATE_LABELS
from plugins.action import course_collect

CHINESE = re.compile("[\u3000-\u9fff\uff00-\uffef]")
CATALOGS = {"host": of_host, "classroom": translated, "on_seats": on_seats}
ENTRIES = {name: polib.pofile(catalog._po) for name, catalog in CATALOGS.items()}
# What programs read or compare, and nobody is told.
DATA = {
    "[,，、]",
    *("＝", "＋", "－", "＠"),
    r"^\S+(?:：座位正忙|: the seat is busy).*$",
    r"(?:座位上是学号|of student) ([A-Za-z0-9_-]{1,32})\b",
    r"sudo: (?:not found|command not found|未找到命令|.*No such file|.*没有那个文件)",
    r"座位正忙|the seat is busy",
    r"：座位正忙|: the seat is busy",
    r"^(?:fatal:|\[ERROR\]|coursebox：|coursebox: )|FAILED!",
    r"No space left|设备上没有空间",
    *(pattern.pattern for pattern in (provision._ROLE, seats._STEP)),
    *COLUMNS, *OPTIONAL,
    # This one is looked up among what is said on seats.
    "请再运行一次。",
}  # fmt: skip
# The modules whose messages stand in a catalog.
MODULES = {
    name: sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "on_seat" not in path.parts
    )
    for name, folders in {"host": ["host"], "classroom": ["classroom", "plugins"]}.items()
}
SCRIPTS = sorted(
    [
        *(ROOT / "classroom/on_seat").iterdir(),
        *(ROOT / "plugins/action").glob("*.sh"),
        *(ROOT / "roles").glob("*/templates/*.sh.j2"),
        *(ROOT / "roles").glob("*/files/*"),
    ]
)


@pytest.fixture
def english() -> Iterator[None]:
    """Speak it for one test."""
    i18n.use(i18n.ENGLISH)
    yield
    i18n.use(i18n.CHINESE)


def is_named(node: ast.AST, name: str) -> bool:
    """Whether a node is just that name."""
    return isinstance(node, ast.Name) and node.id == name


def texts(path: pathlib.Path) -> tuple[set[str], set[str]]:
    """What stands in `_("…")` of a module, and the Chinese texts that stand elsewhere, besides docstrings."""
    marked: set[str] = set()
    others: set[str] = set()

    def look(node: ast.AST) -> None:
        # What a module says of itself, and scripts of its own, which are looked at as scripts.
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, ast.Assign) and is_named(node.targets[0], "DOCUMENTATION"):
            return
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "on_seats.script":
            return
        if isinstance(node, ast.Call) and is_named(node.func, "_"):
            first, *rest = node.args
            if isinstance(first, ast.Constant):
                marked.add(str(first.value))
            for part in [*([] if isinstance(first, ast.Constant) else [first]), *rest]:
                look(part)
            for keyword in node.keywords:
                look(keyword.value)
            return
        if isinstance(node, ast.Constant) and CHINESE.search(str(node.value)):
            others.add(str(node.value))
        for child in ast.iter_child_nodes(node):
            look(child)

    look(ast.parse(path.read_text("utf-8")))
    return marked, others


def in_ruby() -> set[str]:
    """What is Chinese in Vagrant's half of the host tool, whose messages are all looked up."""
    return {
        json.loads(quoted)
        for path in [ROOT / "Vagrantfile", *ROOT.glob("settings/*.rb"), *ROOT.glob("host/**/*.rb")]
        for quoted in re.findall(r'"(?:[^"\\\n]|\\.)*"', code(path.read_text("utf-8")))
        if CHINESE.search(quoted)
    }


def on_pages() -> set[str]:
    """What stands in `_("…")` of the templates."""
    found: set[str] = set()
    for path in (ROOT / "classroom/templates").iterdir():
        parsed = jinja2.Environment().parse(path.read_text("utf-8"))
        for _line, _name, texts in extract_from_ast(parsed, ("_",)):
            found.add(str(texts if isinstance(texts, str) else (texts or [""])[0]))
    return found


def code(text: str) -> str:
    """A script without what is said to developers."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(r'"""(?:.|\n)*?"""', "", text)
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


@pytest.mark.parametrize(
    "path", [*MODULES["host"], *MODULES["classroom"]], ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_message_goes_untranslated(path: pathlib.Path) -> None:
    """What is Chinese stands in `_("…")`, or is no message."""
    assert texts(path)[1] <= DATA


def test_every_message_has_english_words() -> None:
    """And no words are left over from a message that is gone."""
    said = {
        name: {message for path in paths for message in texts(path)[0]}
        for name, paths in MODULES.items()
    }
    said["classroom"] |= on_pages() | {*STATE_LABELS.values(), *COLUMNS, *OPTIONAL}
    rules = json.loads((ROOT / "settings/rules.json").read_text("utf-8"))
    said["host"] |= {rule["fix"] for rule in rules.values() if "fix" in rule} | in_ruby()
    assert {name: {entry.msgid for entry in ENTRIES[name]} for name in said} == said


@pytest.mark.parametrize("name", ENTRIES)
def test_reader_reads_what_gettext_reads(name: str) -> None:
    """It takes each text on one line, as the files have them."""
    assert CATALOGS[name].entries() == {entry.msgid: entry.msgstr for entry in ENTRIES[name]}


def fields(text: str) -> set[tuple[str | None, str | None, str | None]]:
    """What is filled into a message, and how."""
    return {field[1:] for field in string.Formatter().parse(text) if field[1] is not None}


@pytest.mark.parametrize(
    "entry", [*ENTRIES["host"], *ENTRIES["classroom"]], ids=lambda entry: entry.msgid[:16]
)
def test_translation_keeps_its_fields(entry: polib.POEntry) -> None:
    """English throughout; a field that one language lacks would be lost, one too many would end the verb."""
    assert entry.msgstr
    assert not CHINESE.search(entry.msgstr)
    assert fields(entry.msgid) == fields(entry.msgstr)


def expansions(text: str) -> list[str]:
    """What a shell or an f-string fills into a message."""
    return sorted(re.findall(r"\$\(+[^()]*\)|\$\{?\w+|\{[a-z][\w.]*", text))


@pytest.mark.parametrize("entry", ENTRIES["on_seats"], ids=lambda entry: entry.msgid[:16])
def test_translation_in_a_script_keeps_its_parts(entry: polib.POEntry) -> None:
    """What is run and filled in stays; quotes, which would end the text around it, are no more than before."""
    assert entry.msgstr
    assert not CHINESE.search(entry.msgstr)
    assert expansions(entry.msgid) == expansions(entry.msgstr)
    for quote in ("'", '"', "`", "\\"):
        assert entry.msgid.count(quote) == entry.msgstr.count(quote)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
@pytest.mark.usefixtures("english")
def test_script_is_english_and_whole(path: pathlib.Path) -> None:
    """Whatever a seat would answer; it is still a program."""
    text = script(path)
    assert not [line for line in code(text).splitlines() if CHINESE.search(line)]
    if path.suffix == ".sh":
        subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    elif path.suffix == ".py":
        compile(text, path, "exec")
    else:
        jinja2.Environment().parse(text)


def test_nothing_is_left_over_for_scripts() -> None:
    """Each text of the catalog stands in a script that is sent, or is the cure where a role names none."""
    sources = [path.read_text("utf-8") for path in SCRIPTS] + [course_collect._SCRIPT]
    sources.append("请再运行一次。")
    used = [text for text in on_seats.entries() if any(text in source for source in sources)]
    assert sorted(used) == sorted(on_seats.entries())


def test_what_is_collected_with_is_english_too() -> None:
    """The plugin's own script."""
    i18n.use(i18n.ENGLISH)
    try:
        assert not CHINESE.search(on_seats.script(course_collect._SCRIPT.partition("{prove}")[2]))
    finally:
        i18n.use(i18n.CHINESE)


@pytest.mark.usefixtures("english")
def test_pages_are_english(tmp_path: pathlib.Path) -> None:
    """The board with every state and a seat that is silent, its table's cells, and the slips."""
    student = Student("20260001", "Ada", "one", "seat01", "", 2)
    labs = {
        name: progress.Entry(answers.LabProgress(name, name, 1, 1, None, "no file"), name)
        for name in STATE_LABELS
    }
    rows = [progress.Row(student, labs, "", ("note",)), progress.Row(student, {}, "off")]
    page = board.as_html("Progress", rows, 5)
    assert '<html lang="en">' in page
    course_class = CourseClass(tmp_path, Roster((student,), ()))
    (tmp_path / "passwords.vault").unlink(missing_ok=True)
    for text in (page, slips.page(course_class, "tarena")):
        assert not CHINESE.search(re.sub(r"(?s)<style>.*?</style>|\u3000", "", text))


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    "path", [path for path in SCRIPTS if "学号 $owner" in path.read_text("utf-8")]
)
def test_who_sits_there_is_read_in_english(path: pathlib.Path) -> None:
    """The verbs say where that student sits by the roster."""
    said = script(path).replace("$owner", "20260102")
    assert {match[1] for match in seats._OTHER.finditer(said)} == {"20260102"}


@pytest.mark.parametrize(
    ("environ", "language"),
    [({"LANG": "en_US.UTF-8"}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"), ({}, "zh")],
)
def test_choice_of_language_reaches_verbs(environ: dict[str, str], language: str) -> None:
    """Though they run in a locale of their own, and start each other."""
    once = environment.of_verbs(environ)
    assert i18n.wanted(once) == i18n.wanted(environment.of_verbs(once)) == language


@pytest.mark.parametrize(("locale", "says"), [("en_US.UTF-8", "Name the folder"), ("C", "写它所在的文件夹")])  # fmt: skip
def test_verb_speaks_by_the_locale(tmp_path: pathlib.Path, locale: str, says: str) -> None:
    """From make's way in to the message."""
    (tmp_path / "roster.csv").write_text("x")
    command = [sys.executable, "-m", "host", "python", "classroom"]
    done = subprocess.run(
        [*command, f"--class={tmp_path / 'roster.csv'}", "slips"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": locale},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, says in done.stderr) == (1, True), done.stderr


def test_help_of_make_has_both_languages() -> None:
    """Each verb that is listed says in both what it does."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    english = re.findall(r"^(?:#: (.*)\n)?([a-z0-9-]+):.*## (.*)$", makefile, re.MULTILINE)
    assert len(english) > 20
    for chinese, verb, words in english:
        assert CHINESE.search(chinese), verb
        assert not CHINESE.search(words), verb


@pytest.mark.parametrize(("locale", "line"), [("en_US.UTF-8", "List the verbs"), ("C", "列出这些命令")])  # fmt: skip
def test_help_of_make_follows_the_locale(locale: str, line: str) -> None:
    """As all verbs do."""
    shown = subprocess.run(
        ["make", "help"],
        cwd=ROOT,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": locale},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.search(rf"^make help +{line}$", shown, re.MULTILINE), shown
