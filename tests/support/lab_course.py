"""A small course of its own for the tests of the `lab` command, and the command run on it as a student runs it."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import pexpect

from host.paths import ROOT

CHAPTER = 'title = "第{0}章的题目"\nsummary = "说明"\n'
LAB = 'title = "{0}"\nsummary = "说明"\nminutes = 10\n'
EXAMPLE = '\n[[examples]]\nname = "{0}"\nfile = "{1}"\nsummary = "例子{0}"\nshows = ["."]\n'
EXERCISE = """
[exercise]
task = "把 41 改成 42，写进 answer.txt"
hints = ["要写哪个数？", "它比 41 大一点。", "写上 42：\\necho 42 > answer.txt"]
[[exercise.variants]]
name = "less"
mistake = "少了一"
file = "answer.txt"
replace = [["42", "41"]]
message = "41"
[[exercise.variants]]
name = "more"
mistake = "多了一"
file = "answer.txt"
replace = [["42", "43"]]
message = "43"
"""
CHECK = '''"""Checks that the answer is 42."""

from lab.checking import Work


def check(work: Work) -> None:
    """Read it."""
    work.step("有 answer.txt")
    answer = work.text("answer.txt").strip()
    work.step("是 42")
    work.require(answer == "42", command="cat answer.txt", actual=f"得到 {answer}", expected="42", hint="看看第 1 行。")
'''
GUIDE = "# 指南\n\n## 目标\n\n看见**粗体**和 `代码`。\n"


class Course:
    """Lab files and a home in a temporary folder."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.labfiles = folder / "labfiles"
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self.labs = self.home / "labs"
        self.state = self.home / ".local/state/coursebox"

    def lab(self, name: str, toml: str = "", **programs: str) -> pathlib.Path:
        """Add a lab; each keyword is an example's name and its program."""
        chapter = self.labfiles / name[0]
        folder = chapter / name
        (folder / "examples").mkdir(parents=True)
        (chapter / "chapter.toml").write_text(CHAPTER.format(name[0]), "utf-8")
        text = LAB.format(f"题目{name}")
        for example, program in programs.items():
            (folder / "examples" / f"{example}.py").write_text(program, "utf-8")
            text += EXAMPLE.format(example, f"{example}.py")
        (folder / "lab.toml").write_text(text + toml, "utf-8")
        (folder / "guide.md").write_text(GUIDE, "utf-8")
        return folder

    def exercise(self, name: str, check: str = CHECK, **programs: str) -> pathlib.Path:
        """Add a lab with an exercise: 42 is right, the starter says 41."""
        folder = self.lab(name, EXERCISE, **programs)
        (folder / "check.py").write_text(check, "utf-8")
        for place, answer in (("starter", "41\n"), ("solution", "42\n")):
            (folder / place).mkdir()
            (folder / place / "answer.txt").write_text(answer, "utf-8")
        (folder / "solution" / "count.py").write_text("print(40 + 2)  # 加一加\n", "utf-8")
        return folder

    def work(self, lab: str, name: str = "answer.txt") -> pathlib.Path:
        """A file of the student's work."""
        return self.labs / lab / "work" / name

    def example(self, lab: str, name: str = "one") -> pathlib.Path:
        """The pristine program."""
        return self.labfiles / lab[0] / lab / "examples" / f"{name}.py"

    def copy(self, lab: str, name: str = "one") -> pathlib.Path:
        """The student's copy of it."""
        return self.labs / lab / "examples" / f"{name}.py"

    def environ(self, **more: str) -> dict[str, str]:
        """What a student's shell would set."""
        kept = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "COURSEBOX_LABFILES": str(self.labfiles),
            **more,
        }

    def terminal(self, *words: str, columns: int = 80, **environ: str) -> pexpect.spawn[str]:
        """Start the command in a terminal."""
        return pexpect.spawn(
            sys.executable,
            ["-m", "lab", *words],
            env=self.environ(**{"TERM": "xterm-256color", **environ}),
            cwd=str(self.home),
            encoding="utf-8",
            dimensions=(24, columns),
            timeout=30,
        )

    def run(self, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run the command and return what came."""
        environ = self.environ(**more.pop("environ", {}))
        command = [sys.executable, "-m", "lab", *words]
        return subprocess.run(
            command,
            env=environ,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
            **{"cwd": self.home, "stdin": subprocess.DEVNULL, **more},
        )

    def sync(self, *words: str) -> dict[str, Any]:
        """Run `lab sync --json` and return its report."""
        done = self.run("sync", "--json", *words)
        assert done.returncode == 0, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def progress(self, lab: str) -> dict[str, Any]:
        """One lab's entry, as the command reports it."""
        listed = json.loads(self.run("list", "--json").stdout)
        entry: dict[str, Any] = next(entry for entry in listed["labs"] if entry["id"] == lab)
        return entry

    def states(self) -> dict[str, str]:
        """Each lab's state, as the command reports it."""
        listed = json.loads(self.run("list", "--json").stdout)
        return {lab["id"]: lab["state"] for lab in listed["labs"]}
