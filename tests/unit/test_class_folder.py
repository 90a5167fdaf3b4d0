"""The class's folder is the instructor's own: what is read there is what the docs name, and nothing is ever run."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import shutil
import stat
import subprocess

import pytest

from classroom import course_class
from classroom.course_class import ClassError
from host import connections, provision
from host.errors import HostError
from host.paths import ROOT

ROSTER = "学号,姓名,班级,座位\n20260101,甲,一班,seat01\n"
OTHER = "学号,姓名,班级,座位\n20250101,旧,去年,phantom\n"
STRANGE = {
    "roster-2025.csv": OTHER,
    "roster.csv~": OTHER,
    "roster.csv.bak": OTHER,
    "roster": OTHER,
    "Roster.CSV": OTHER,
    ".~lock.roster.csv#": ",teacher,pc,01.09.2026 08:00;",
    "marks.csv": "学号,成绩\n20260101,95\n",
    "marks.xlsx": "PK\x03\x04",
    "notes": "phantom\n",
    "notes.txt": "phantom ansible_connection=local\n",
    "notes.md": "# phantom\n",
    "old.yml": "seats: {hosts: {phantom: {}}}\n",
    "hosts": "phantom\n",
    "hosts.yml~": "seats: {hosts: {phantom: {}}}\n",
    "hosts.yml.swp": "phantom\n",
    "hosts.ini": "[seats]\nphantom\n",
    "inventory.json": '{"seats": {"hosts": {"phantom": {}}}}',
    "去年的名单.csv": OTHER,
    "-i": "phantom\n",
}


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """A class in which a year has left what years leave."""
    place = tmp_path / "mine"
    place.mkdir()
    (place / "roster.csv").write_text(ROSTER)
    (place / "hosts.yml").write_text("seats: {hosts: {seat01: {ansible_host: 192.0.2.1}}}\n")
    (place / "group_vars").mkdir()
    (place / "group_vars/all.yml").write_text("packages_mirror: http://mirror.example\n")
    for name, text in STRANGE.items():
        (place / name).write_text(text)
    for name in ("run-me", "roster.sh"):
        program = place / name
        program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/was-run'\necho '{{}}'\n")
        program.chmod(0o755)
    (place / "roster.csv").chmod(0o755)
    (place / "hosts.yml").chmod(0o755)
    for name in ("old", "kept", "collected"):
        (place / name).mkdir()
        shutil.copy(place / "roster-2025.csv", place / name / "roster.csv")
        shutil.copy(place / "old.yml", place / name / "hosts.yml")
    (place / "group_vars/phantom.yml").write_text("x: 1\n")
    return place


def listed(*sources: pathlib.Path) -> tuple[set[str], dict[str, object]]:
    """The hosts that Ansible knows, and the variables of seat01."""
    command = [str(ROOT / ".venv/bin/ansible-inventory"), "--list"]
    command += [part for source in sources for part in ("-i", str(source))]
    environ = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=environ
    )
    assert done.returncode == 0, done.stderr
    hosts = json.loads(done.stdout)["_meta"]["hostvars"]
    return set(hosts), hosts["seat01"]


@pytest.mark.parametrize("whole", [False, True], ids=["verbs", "folder"])
def test_nothing_else_is_read_or_run(folder: pathlib.Path, whole: bool) -> None:
    """By the verbs, nor by Ansible where the folder itself is its inventory, as the page for standing machines says."""
    sources = [folder] if whole else course_class.find(str(folder)).sources
    hosts, variables = listed(*sources)
    assert hosts == {"seat01"}
    assert variables["ansible_host"] == "192.0.2.1"
    assert variables["packages_mirror"] == "http://mirror.example"
    assert not (folder.parent / "was-run").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hosts.yml", '{"seats": {"hosts": {"seat01": {"ansible_host": "192.0.2.1"}}}}'),
        ("hosts.yml", "---\n# no more\nseats: {hosts: {seat01: }}\n"),
        ("group_vars/all.yml", ""),
        ("group_vars/all.yml", "a: &a {x: 1}\nb: {<<: *a, x: 2}\nc: {x: 1}\n"),
        ("group_vars/all.yml", "a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  39\nb: !unsafe '{{'\n"),
        ("group_vars/all.yml", "$ANSIBLE_VAULT;1.1;AES256\n3939\n"),
        ("group_vars/all~", "a: {"),
        ("group_vars/.all.yml.swp", "b0VIM"),
        ("group_vars/notes.txt", "a: {"),
    ],
)
def test_what_ansible_reads_is_not_refused(folder: pathlib.Path, name: str, text: str) -> None:
    """Nor what it passes over."""
    (folder / name).write_text(text)
    course_class.find(str(folder))


def test_a_roster_alone_is_a_class(folder: pathlib.Path) -> None:
    """Where `make up` makes the seats."""
    (folder / "hosts.yml").unlink()
    assert course_class.find(str(folder)).sources == [folder / "roster.csv"]


@pytest.mark.bad_input
@pytest.mark.parametrize("name", ["a\nb", "\x1b[31m", "\udcff", "\x7f"])
def test_a_folder_whose_name_cannot_be_shown_is_refused(tmp_path: pathlib.Path, name: str) -> None:
    """In one line that can."""
    place = tmp_path / name
    place.mkdir()
    (place / "roster.csv").write_text(ROSTER)
    with pytest.raises(ClassError, match=r"CLASS=.*改名") as refused:
        course_class.find(str(place))
    assert str(refused.value).isprintable()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "named", ["/no/such/folder", "a\0b", "x" * 300, "/dev/null", "/proc/self/fd"]
)
def test_a_folder_that_is_none_is_refused(named: str) -> None:
    """With what to do."""
    with pytest.raises(ClassError, match=r"CLASS=|inventories/example") as refused:
        course_class.find(named)
    assert "\n" not in str(refused.value)


def test_no_path_is_a_template(tmp_path: pathlib.Path) -> None:
    """What a class hands in comes to lie where it belongs, whatever letters its folder's name has."""
    given = {
        "collected_dir": "/x/{{ 7 * 7 }}/\"'\\%s课😀{% if",
        "gone_allowed": True,
        "owner": "012345",
    }
    that = [
        "collected_dir | hash('sha256') == sum", "gone_allowed is sameas true", "owner is string", "owner == '0' ~ '12345'",
    ]  # fmt: skip
    known = {"sum": hashlib.sha256(str(given["collected_dir"]).encode()).hexdigest()}
    play = {"hosts": "localhost", "gather_facts": False, "vars": known}
    play["tasks"] = [{"ansible.builtin.assert": {"that": that}}]
    playbook = tmp_path / "compare.yml"
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    command = [
        str(ROOT / ".venv/bin/ansible-playbook"),
        "-i",
        "localhost,",
        "-e",
        provision.as_they_are(given),
        str(playbook),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.bad_input
@pytest.mark.parametrize("kind", ["folder", "dangling", "pipe"])
def test_hosts_that_is_no_file_is_told(folder: pathlib.Path, kind: str) -> None:
    """Before anything runs."""
    hosts = folder / "hosts.yml"
    hosts.unlink()
    if kind == "folder":
        hosts.mkdir()
    elif kind == "dangling":
        hosts.symlink_to(folder / "nowhere")
    else:
        os.mkfifo(hosts)
    with pytest.raises(ClassError, match=r"hosts\.yml：不是能读的文件"):
        course_class.find(str(folder))


def test_connections_are_a_class_s_own(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder each, short and private, wherever the class stands."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("x" * 200)))
    # This checkout's own may be in use.
    monkeypatch.setattr(connections, "ROOT", tmp_path)
    deep = tmp_path / ("课" * 60) / "mine"
    found = {connections.folder(place) for place in (None, tmp_path, deep)}
    assert len(found) == 3
    for place in found:
        assert len(os.fsencode(place)) < 60
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert connections.folder(None) in found
        place.rmdir()


@pytest.mark.bad_input
def test_connections_in_a_strangers_folder_are_refused(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also behind a link, for then another account could speak to the seats."""
    monkeypatch.setattr(connections, "_runtime", lambda: tmp_path)
    place = connections.folder(tmp_path)
    place.chmod(0o777)
    with pytest.raises(HostError, match="不是只有你能用的文件夹"):
        connections.folder(tmp_path)
    place.rmdir()
    place.symlink_to(tmp_path)
    with pytest.raises(HostError, match="文件夹"):
        connections.folder(tmp_path)


def test_what_was_collected_before_is_taken_over(folder: pathlib.Path) -> None:
    """The folder's name was another one; all of it is there under the new one, and only once."""
    shutil.rmtree(folder / "collected")
    (folder / "kept/work").mkdir()
    (folder / "kept/work/20260101.tar.gz").write_bytes(b"work")
    found = course_class.find(str(folder))
    assert (found.collected / "work/20260101.tar.gz").read_bytes() == b"work"
    assert not (folder / "kept").exists()


def test_what_was_collected_under_both_names_stays(folder: pathlib.Path) -> None:
    """As where an older checkout worked in the folder meanwhile: neither replaces the other."""
    for name in ("kept", "collected"):
        (folder / name / "board.html").write_text(name)
    assert course_class.find(str(folder)).collected == folder / "collected"
    assert all((folder / name / "board.html").read_text() == name for name in ("kept", "collected"))
