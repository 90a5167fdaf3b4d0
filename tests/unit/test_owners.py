"""Root's files in a student's folders: given back by provisioning, without a trick, and named by `lab` with the cure."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import threading

import fastjsonschema
import pytest

from host.paths import ROOT
from tests.unit.test_lab_sync import Student, student

__all__ = ["student"]

STUDENT = 65534
GIVE_BACK = ROOT / "roles/users/files/give-back.py"
# As on a seat, but for the home, which is the test's.
AS_PROVISIONING = """
import pwd, runpy, sys, types
account = types.SimpleNamespace(pw_uid=int(sys.argv[2]), pw_gid=int(sys.argv[2]), pw_dir=sys.argv[3])
pwd.getpwnam = lambda name: account
script = sys.argv[1]
sys.argv[1:] = ["tarena"]
runpy.run_path(script)
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of root's")


def give_back(home: pathlib.Path) -> list[str]:
    """Runs what provisioning runs; returns what it said."""
    command = [sys.executable, "-c", AS_PROVISIONING, str(GIVE_BACK), str(STUDENT), str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture
def home(tmp_path: pathlib.Path) -> pathlib.Path:
    """A student's home with a folder in it."""
    place = tmp_path / "home"
    (place / "labs").mkdir(parents=True)
    for folder in (place, place / "labs"):
        os.chown(folder, STUDENT, STUDENT)
    return place


def test_files_and_folders_are_given_back(home: pathlib.Path) -> None:
    """With what stands in them, and with their modes."""
    work = home / "labs/1.2/work"
    work.mkdir(parents=True)
    (work / "a.txt").write_text("a\n")
    (work / "a.txt").chmod(0o600)
    assert len(give_back(home)) == 3
    assert {path.stat().st_uid for path in [work.parent, work, work / "a.txt"]} == {STUDENT}
    assert (work / "a.txt").stat().st_mode & 0o777 == 0o600
    assert give_back(home) == []


def test_links_and_second_names_are_left_alone(home: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Else a student would be given any file of the machine."""
    outside = tmp_path / "outside"
    outside.mkdir()
    secret = outside / "shadow"
    secret.write_text("secret\n")
    (home / "labs/folder").symlink_to(outside)
    (home / "labs/file").symlink_to(secret)
    (home / "labs/second").hardlink_to(secret)
    os.mkfifo(home / "labs/pipe")
    assert give_back(home) == []
    assert (outside.stat().st_uid, secret.stat().st_uid) == (0, 0)


def test_nobody_swaps_a_folder_in_time(home: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """A folder that becomes a link between two looks leads nowhere."""
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "deep/shadow").write_text("secret\n")
    swapped, aside, link = home / "labs/x", home / "labs/y", home / "labs/z"
    (swapped / "deep").mkdir(parents=True)
    link.symlink_to(outside)
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            swapped.rename(aside)
            link.rename(swapped)
            swapped.rename(link)
            aside.rename(swapped)

    thief = threading.Thread(target=swap)
    thief.start()
    try:
        for _ in range(20):
            give_back(home)
    finally:
        over.set()
        thief.join()
    assert (outside / "deep/shadow").stat().st_uid == 0
    assert (outside / "deep").stat().st_uid == 0


LAB = ("/usr/bin/python3", "-m", "lab")


@pytest.fixture
def begun(student: Student) -> Student:
    """A student with an exercise begun, whose progress is kept; and with what a release has beside the package."""
    library = pathlib.Path(fastjsonschema.__file__).parent
    shutil.copytree(library, student.folder / "fastjsonschema")
    student.course.exercise("5.1", one="print(5)\n")
    done = student(*LAB, "start", "5.1")
    assert done.returncode == 0, done.stderr
    return student


def taken(begun: Student, *places: str) -> None:
    """Gives root what the student had, closed to all others."""
    for place in places:
        path = begun.course.home / place
        os.chown(path, 0, 0)
        path.chmod(0o700)


@pytest.mark.parametrize(
    ("place", "command"),
    [
        ("labs", ("sync",)),
        ("labs/4.1", ("sync",)),
        ("labs/5.1", ("reset", "5.1")),
        ("labs/5.1/work", ("reset", "5.1")),
        ("labs/5.1/work", ("check", "5.1")),
        ("labs/5.1/work/answer.txt", ("check", "5.1")),
        (".local/state/coursebox", ("check", "5.1")),
        (".local/state/coursebox", ("start", "4.1")),
        (".local/state/coursebox/progress.json", ("list",)),
    ],
)
def test_lab_names_what_is_roots_and_the_command(
    begun: Student, place: str, command: tuple[str, ...]
) -> None:
    """Whichever command meets it."""
    assert begun(*LAB, "sync").returncode == 0
    taken(begun, place)
    done = begun(*LAB, *command)
    said = done.stdout + done.stderr
    assert f"~/{place} 是 root 的" in said, said
    assert f"sudo chown -R nobody: ~/{place.split('/')[0]}" in said.replace("\n", "")
    assert "检查程序自己出了问题" not in said


def test_closed_folder_is_named_with_its_command(begun: Student) -> None:
    """A mode that shuts its owner out is the owner's to mend."""
    assert begun(*LAB, "sync").returncode == 0
    (begun.course.labs / "4.1").chmod(0)
    try:
        done = begun(*LAB, "sync")
        assert "chmod u+rwX ~/labs/4.1" in done.stdout + done.stderr
    finally:
        (begun.course.labs / "4.1").chmod(0o755)


def test_reset_is_whole_or_not_at_all(begun: Student) -> None:
    """A folder of root's deep in the work, readable but not to be emptied, stops it before anything is gone."""
    work = begun.course.labs / "5.1/work"
    (work / "sub").mkdir()
    (work / "sub/mine.txt").write_text("mine\n")
    before = sorted(path.relative_to(work) for path in work.rglob("*"))
    done = begun(*LAB, "reset", "5.1")
    assert done.returncode == 1
    assert "什么也没有动" in done.stderr
    assert "~/labs/5.1/work/sub 是 root 的" in done.stderr
    assert sorted(path.relative_to(work) for path in work.rglob("*")) == before
    assert not list((begun.course.labs).glob("archive/5.1*"))


def test_reset_takes_roots_file_in_an_own_folder_along(begun: Student) -> None:
    """It can be read and taken away, so it is archived like the rest."""
    path = begun.course.labs / "5.1/work/root.txt"
    path.write_text("root\n")
    done = begun(*LAB, "reset", "5.1")
    assert done.returncode == 0, done.stderr
    assert not path.exists()
