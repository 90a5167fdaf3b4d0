"""The words in which roles say their state, where they mend a seat, and what is told of a role that could not be done."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from host.paths import ROOT
from plugins.action import course_apply

MEND = (ROOT / "roles/preflight/files/mend.sh").read_text("utf-8")


def mended(place: pathlib.Path, script: str) -> tuple[int, list[str]]:
    """The exit code of a state, and what it says on file descriptor 3."""
    done = subprocess.run(
        ["sh", "-c", f"exec 3>&1 >&2\n{MEND}\n{script}"],
        cwd=place, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines()


def test_a_state_is_mended_once(tmp_path: pathlib.Path) -> None:
    """What is as it should be is left alone, and not told as a change."""
    pair = "a_test() { x=$(false); [ -e a ] || due no a; [ -e b ] || due no b; }; a_mend() { : > a; : > b; }\n"
    assert mended(tmp_path, f"{pair}state a\nstate a") == (0, ["changed no a; no b"])
    assert mended(tmp_path, f"{pair}state a") == (0, [])


def test_a_repair_that_repairs_nothing_is_an_error(tmp_path: pathlib.Path) -> None:
    """Else each run would say that it changed something, for ever; what comes after it is not done."""
    pair = "a_test() { [ -e a ] || due no a; }; a_mend() { :; }\n"
    code, said = mended(tmp_path, f"{pair}state a\n: > after")
    assert (code, said[-1]) == (1, "failed no a")
    assert not (tmp_path / "after").exists()


def test_a_repair_that_breaks_off_is_an_error(tmp_path: pathlib.Path) -> None:
    """By any command of it that fails."""
    pair = "a_test() { [ -e a ] || due no a; }; a_mend() { false; : > a; }\n"
    assert mended(tmp_path, f"{pair}state a") == (1, [])


@pytest.mark.skipif(os.geteuid() != 0, reason="files of the state are root's")
def test_a_file_is_placed_once(tmp_path: pathlib.Path) -> None:
    """With its folder, mode and content, in the place of whatever stands there; refused, the old one stays."""
    file = tmp_path / "folder/file"
    (tmp_path / "0").write_text("new\n")
    assert mended(tmp_path, f"place 0 0640 {file} ''") == (0, [f"changed {file.parent}", f"changed {file}"])  # fmt: skip
    assert (file.read_text(), file.stat().st_mode & 0o7777) == ("new\n", 0o640)
    assert mended(tmp_path, f"place 0 0640 {file} ''") == (0, [])
    (tmp_path / "0").write_text("newer\n")
    code, said = mended(tmp_path, f"place 0 0640 {file} 'echo line 1 >&2; false'")
    assert (code, said[0].split("：")[0]) == (1, f"refuse {file} 的新内容通不过检查，没有换上")
    assert "line 1" in said[0]
    assert file.read_text() == "new\n"


def test_a_refusal_is_told_by_itself() -> None:
    """It names its own cure."""
    assert course_apply.failure("users", "changed x\nrefuse 先做这个，\n再做那个。") == "先做这个，\n再做那个。"  # fmt: skip


def test_a_failure_is_told_with_cure_and_log() -> None:
    """The role's own cure, or to try again."""
    own = course_apply.failure("packages", "cure 请检查网络。\nchanged x\nfailed E: no route")
    assert own.splitlines() == [
        "座位上的 packages 没有做成：E: no route",
        "请检查网络。完整记录在座位的 /var/log/coursebox-packages.log。",
    ]
    assert "\n请再运行一次。" in course_apply.failure("vim", "failed disk")


def test_a_playbook_outlives_whoever_reads_it() -> None:
    """A verb or a Vagrant that was killed: what mends a seat goes on to its end."""
    read, write = os.pipe()
    os.close(read)
    script = "import sys; from plugins.action import course_apply; [sys.stdout.write('x' * 99) for _ in range(999)]"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, stdout=write, check=False)
    os.close(write)
    assert done.returncode == 0
