"""The lab files on the machine: the pristine ones, the student's copies and the command."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from testinfra.host import Host

from tests.machine import expected
from tests.support import labfiles

HASHES = "cd %s && find . -type f ! -name '*.pyc' -exec sha256sum {} + | sort -k 2"


def hashes(text: str) -> dict[str, str]:
    """File hashes by path."""
    pairs = (line.split("  ", 1) for line in text.splitlines())
    return {path.removeprefix("./"): digest for digest, path in pairs}


def here() -> dict[str, str]:
    """The same of this checkout."""
    files = (path for path in labfiles.LABFILES.rglob("*") if path.is_file())
    return {
        str(path.relative_to(labfiles.LABFILES)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.suffix != ".pyc" and "__pycache__" not in path.parts
    }


@pytest.mark.core
def test_pristine_files_are_those_of_the_checkout(student: Host) -> None:
    """All of them, unchanged, and no other."""
    there = hashes(student.check_output(HASHES, f"{expected.CURRENT}/labfiles"))
    assert there == here()


def test_release_is_one_link_away(host: Host) -> None:
    """The link is swapped at once, so that nobody sees half a release."""
    link = host.file(expected.CURRENT)
    assert link.is_symlink
    assert link.linked_to.startswith("/opt/coursebox/releases/")


def test_release_belongs_to_root(student: Host) -> None:
    """And nobody else may write to it."""
    wrong = student.check_output("find /opt/coursebox ! -user root -o -writable ! -type l | head")
    assert wrong == ""


def test_only_few_releases_are_kept(host: Host) -> None:
    """Old ones and unfinished ones are cleared away."""
    assert len(host.file("/opt/coursebox/releases").listdir()) <= 2


@pytest.mark.parametrize("lab", labfiles.labs(), ids=lambda lab: lab.id)
def test_working_copy_belongs_to_the_student(student: Host, lab: labfiles.Lab) -> None:
    """Where the student may edit and run."""
    copy = student.file(f"{expected.LABS}/{lab.id}")
    assert (copy.is_directory, copy.user, copy.group) == (True, expected.USER, expected.USER)


def test_examples_stand_in_the_working_copies(student: Host) -> None:
    """`python3 ~/labs/ID/examples/FILE` runs as the guides say."""
    paths = [f"{expected.LABS}/{e.lab}/examples/{e.path.name}" for e in labfiles.examples()]
    missing = student.run("ls -d -- " + " ".join(paths)).stderr
    assert missing == ""


@pytest.mark.core
def test_command_lists_every_lab(student: Host) -> None:
    """`lab list --json` is what the playbooks read."""
    listed = json.loads(student.check_output("lab list --json"))
    assert [lab["id"] for lab in listed["labs"]] == [lab.id for lab in labfiles.labs()]


@pytest.mark.parametrize(
    ("locale", "begins"),
    [
        ("zh_CN.UTF-8", "用法："),
        ("C.UTF-8", "用法："),
        ("en_US.UTF-8", "usage: "),
        ("de_DE", "usage: "),
    ],
)
def test_help_follows_the_locale(student: Host, locale: str, begins: str) -> None:
    """Chinese, or English for anybody else who looks after the machine."""
    shown = student.check_output("LC_ALL=%s lab check --help", locale)
    assert shown.startswith(begins)
    wrong = student.run("LC_ALL=%s lab chekc", locale)
    assert (wrong.rc, "lab check" in wrong.stderr) == (2, True)


@pytest.mark.parametrize("lab", labfiles.labs(), ids=lambda lab: lab.id)
def test_command_shows_the_guide(student: Host, lab: labfiles.Lab, scratch: str) -> None:
    """Also where nobody looks: on a pipe, without a terminal. What is shown counts as read, in a home of its own."""
    guide = (lab.path / "guide.md").read_text("utf-8")
    headings = re.findall(r"^## (.*)$", guide, re.M)
    shown = student.check_output("HOME=%s lab show %s", scratch, lab.id)
    assert [heading for heading in headings if heading not in shown] == []


def test_command_stands_apart_from_the_students_python(student: Host, scratch: str) -> None:
    """A module of the student's with a library's name does not break it."""
    student.check_output("echo 'raise SystemExit(9)' | tee %s/json.py %s/rich.py", *[scratch] * 2)
    assert student.run("cd %s && PYTHONPATH=%s lab list", *[scratch] * 2).rc == 0


def test_examples_are_found_in_the_tree() -> None:
    """Every row of the course stands in the tree, else all tests here would pass on nothing."""
    assert len(labfiles.labs()) >= 35
    assert labfiles.chapters().keys() == set("1234567")


def test_servers_of_the_course_stand_in_the_tree() -> None:
    """Each instance of "Expected ports", on its port."""
    found = {name: server.port for name, server in labfiles.servers().items()}
    assert expected.SERVERS.items() <= found.items()
