"""Random histories of a student's home: whatever comes in whatever order, no byte that the student wrote is lost.

`HISTORIES=1000 pytest tests/unit/test_homes.py` plays that many, other ones each time.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import tarfile
import tempfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lab import cli
from tests.support.lab_course import Course

HISTORIES = int(os.environ.get("HISTORIES", "0"))
LABS = ("4.1", "4.2", "7.3")
# What the release has, what a later one may bring, what a sync may lay, and what is the student's alone.
NAMES = (
    "examples/one.py",
    "examples/two.py",
    "examples/three.py",
    "examples/one.py.new",
    "examples/static/page.html",
    "examples/static",
    "work/answer.txt",
    "work/answer.txt.new",
    "work/深/我的 笔记.txt",
    "work",
    "notes.txt",
)
CHANGES = (
    "open",
    "mkdir",
    "link",
    "rename",
    "replace",
    "unlink",
    "rmdir",
    "chmod",
    "fchmod",
    "fsync",
)
KILLED = 137

# The step at which a command is killed, counted in changes of the disk; most are not.
kills = st.one_of(st.none(), st.integers(min_value=1, max_value=60))
labs = st.sampled_from(LABS)
names = st.sampled_from(NAMES)


def killed_at(step: int) -> None:
    """Have this process end at the Nth call that changes the disk."""
    left = step

    def guard(name: str) -> None:
        real = getattr(os, name)

        def call(*arguments: object, **options: object) -> object:
            nonlocal left
            reads = name == "open" and not int(str(arguments[1])) & (os.O_WRONLY | os.O_RDWR)
            left -= not reads
            if left == 0:
                os._exit(KILLED)
            return real(*arguments, **options)

        setattr(os, name, call)

    for name in CHANGES:
        guard(name)


class Homes(RuleBasedStateMachine):
    """One student's home and the course's releases."""

    def __init__(self) -> None:
        super().__init__()
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="homes-"))
        self.course = Course(self.place)
        self.written: dict[pathlib.Path, bytes] = {}
        self.moved: set[bytes] = set()
        self.archives: dict[pathlib.Path, set[bytes]] = {}
        self.count = 0

    @initialize()
    def first_release(self) -> None:
        """Two labs with an exercise, one with a folder among its examples."""
        self.course.exercise("4.1", one="print(1)\n", two="print(2)\n")
        self.course.exercise("4.2", one="print(1)\n")
        static = self.course.lab("7.3", one="print(7)\n") / "examples/static"
        static.mkdir()
        (static / "page.html").write_text("<h1>7</h1>\n", "utf-8")

    def path(self, lab: str, name: str) -> pathlib.Path:
        """A place in the student's lab folder."""
        return self.course.labs / lab / name

    def forget(self, path: pathlib.Path) -> None:
        """What stands there, or below it, is the student's own to lose."""
        for other in [other for other in self.written if other == path or path in other.parents]:
            del self.written[other]

    @rule(lab=labs, name=names)
    def write(self, lab: str, name: str) -> None:
        """The student saves something that nobody has written before."""
        path = self.path(lab, name)
        self.count += 1
        content = f"student {self.count}\n".encode()
        with suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            # Through a link the file that it names is written.
            self.written[path.resolve()] = content

    @rule(lab=labs, name=names)
    def save_as_editors_do(self, lab: str, name: str) -> None:
        """A new file takes the old one's name."""
        path = self.path(lab, name)
        self.count += 1
        content = f"student {self.count}\n".encode()
        with suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.swap")
            fresh.write_bytes(content)
            try:
                fresh.rename(path)
            except OSError:
                fresh.unlink()
                raise
            self.written[path] = content

    @rule(lab=labs, name=names)
    def link(self, lab: str, name: str) -> None:
        """The student keeps the real file elsewhere."""
        path = self.path(lab, name)
        self.count += 1
        target = self.course.home / f"elsewhere{self.count}"
        with suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir() and not path.is_symlink():
                return
            target.write_bytes(f"student {self.count}\n".encode())
            path.unlink(missing_ok=True)
            self.forget(path)
            path.symlink_to(target)
            self.written[target] = target.read_bytes()

    @rule(lab=labs, name=names)
    def delete(self, lab: str, name: str) -> None:
        """The student deletes a file, or a whole folder."""
        path = self.path(lab, name)
        with suppress(FileNotFoundError, NotADirectoryError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            self.forget(path)

    @rule(lab=labs)
    def delete_all(self, lab: str) -> None:
        """The student deletes a lab's folder."""
        folder = self.course.labs / lab
        if folder.is_symlink() or not folder.is_dir():
            return
        shutil.rmtree(folder)
        self.forget(folder)

    @rule(lab=labs, name=st.sampled_from(["one", "two", "three"]))
    def release_example(self, lab: str, name: str) -> None:
        """A new version changes or brings an example."""
        self.count += 1
        folder = self.course.labfiles / lab[0] / lab
        program = folder / f"examples/{name}.py"
        if not program.exists():
            entry = f'\n[[examples]]\nname = "{name}"\nfile = "{name}.py"\nsummary = "例子"\nshows = ["."]\n'
            text = (folder / "lab.toml").read_text("utf-8")
            head, mark, tail = text.partition("\n[exercise]")
            (folder / "lab.toml").write_text(head + entry + mark + tail, "utf-8")
        program.write_text(f"print('release {self.count}')\n", "utf-8")

    @rule(lab=st.sampled_from(["4.1", "4.2"]))
    def release_starter(self, lab: str) -> None:
        """A new version changes what an exercise begins with."""
        self.count += 1
        starter = self.course.labfiles / lab[0] / lab / "starter/answer.txt"
        starter.write_text(f"release {self.count}\n", "utf-8")

    @rule(kill=kills)
    def provision(self, kill: int | None) -> None:
        """What provisioning does in a home."""
        self.command(["sync", "--json"], kill)

    @rule(verb=st.sampled_from(["start", "check", "hint"]), lab=labs, kill=kills)
    def work(self, verb: str, lab: str, kill: int | None) -> None:
        """The student's own commands; none of them takes anything away."""
        self.command([verb, lab], kill)

    @rule(lab=labs, kill=kills)
    def reset(self, lab: str, kill: int | None) -> None:
        """The one command that takes away: what it takes is in an archive that can be read."""
        folder = self.course.labs / lab
        code = self.command(["reset", lab], kill)
        kept = self.archived()
        for path, content in list(self.written.items()):
            if folder in path.parents and not (path.is_file() and path.read_bytes() == content):
                assert content in kept, f"{path} is gone, and in no archive"
                self.moved.add(content)
                del self.written[path]
        if code == 0 and not folder.is_symlink():
            assert not [path for path in self.written if folder in path.parents]

    def command(self, words: list[str], kill: int | None) -> int:
        """Run `lab` in a process of its own, killed at some step if so wished."""
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                silence = os.open(os.devnull, os.O_RDWR)
                for number in (0, 1, 2):
                    os.dup2(silence, number)
                os.environ.clear()
                os.environ.update(self.course.environ())
                os.chdir(self.course.home)
                if kill is not None:
                    killed_at(kill)
                code = cli.main(words)
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert code in (0, 1, 2, KILLED), f"lab {' '.join(words)} ended with {code}"
        return code

    def archived(self) -> set[bytes]:
        """What stands in the archives; none of them may change or go away."""
        found = {
            path: self.archives.get(path) or contents(path)
            for path in (self.course.labs / "archive").glob("*.tar.gz")
        }
        assert self.archives.keys() <= found.keys()
        self.archives = found
        return set().union(*found.values())

    @invariant()
    def nothing_is_lost(self) -> None:
        """Each byte is where the student put it, or where reset said that it is."""
        for path, content in self.written.items():
            assert path.is_file(), f"{path} is gone"
            assert path.read_bytes() == content, f"{path} was overwritten"
        if self.moved:
            assert self.moved <= self.archived()

    @precondition(lambda self: self.course.labfiles.exists())
    @rule()
    def provision_twice(self) -> None:
        """The second one finds nothing to do."""
        first = self.command(["sync"], None)
        assert self.command(["sync", "--check"], None) == (0 if first == 0 else first)

    def teardown(self) -> None:
        """Clean up."""
        shutil.rmtree(self.place)


def contents(archive: pathlib.Path) -> set[bytes]:
    """The files in an archive."""
    found = set()
    with tarfile.open(archive) as packed:
        for member in packed:
            file = packed.extractfile(member) if member.isreg() else None
            if file:
                found.add(file.read())
    return found


TestHomes = pytest.mark.slow(Homes.TestCase)
TestHomes.settings = settings(
    max_examples=HISTORIES or 60,
    stateful_step_count=25,
    deadline=None,
    derandomize=not HISTORIES,
    database=None,
    suppress_health_check=list(HealthCheck),
)
