"""The student's work on one lab, as a check sees it: files read safely, programs run on a copy."""

from __future__ import annotations

import errno
import json
import os
import random
import shlex
import shutil
import stat
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from lab import owner, paths, ports, safe_fs
from lab.checking import background
from lab.checking.failure import Failure
from lab.checking.program import Finished, Program
from lab.checking.server import Server
from lab.errors import WrongUseError

if TYPE_CHECKING:
    from collections.abc import Callable

PYTHON: Final = "/usr/bin/python3"
# Bytes of one file, and of the whole working folder; an exercise takes some kilobytes.
_LARGEST_BYTES: Final = 1024 * 1024
_WHOLE_BYTES: Final = 64 * 1024 * 1024
# What a student can mend: modes, and folders within folders without end.
_UNREADABLE: Final = (errno.EACCES, errno.EPERM, errno.ENAMETOOLONG)
_LONG: Final = 200
# What stands before the printed result of an evaluation.
RESULT: Final = "lab-check-result "
# From Python 3.14 on a server that stands between would start the children, and the record would tell nothing of the parent's
# way with them. Only the default is changed: a work may still choose.
FORK: Final = "import multiprocessing as _; _.context._default_context._default_context = _.get_context('fork')\n"


class Work:
    """One lab's working folder and what a check may do with it; nothing here changes a file of the student's."""

    def __init__(self, lab: str, pristine: str, folder: str, scratch: str, seed: str) -> None:
        """Take the lab's id and its pristine folder, the student's working folder, an empty one that goes away, a seed."""
        self._pristine = pristine
        self.lab = lab
        self.folder = folder
        self.steps: list[str] = []
        self._scratch = scratch
        self._seed = seed
        self._copy: str | None = None

    def rng(self, purpose: str = "") -> random.Random:
        """Return the source of this student's values: the same at every call with the same purpose."""
        return random.Random(f"{self._seed} {self.lab} {purpose}")

    def spawn(self, name: str, file: str, *args: str) -> int:
        """Start the lab's own program `background/FILE` in the background, unless it lives; return its process number."""
        return background.spawn(
            self.lab, name, os.path.join(self._pristine, "background", file), *args
        )

    def spawned(self, name: str) -> int | None:
        """Return the process number of what `spawn` started under this name, or None when it has ended."""
        return background.alive(self.lab, name)

    def was_spawned(self, name: str) -> bool:
        """Say whether `spawn` ever started that name; a machine that was rebooted has lost it, but remembers."""
        return background.started(self.lab, name)

    def create_file(self, name: str, content: str | bytes) -> None:
        """Write a file for the student, unless something of that name is there; for `setup` alone."""
        path = self.path(name)
        if os.path.lexists(path):
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        unfinished = f"{path}.lab-part"
        with open(unfinished, "wb") as file:
            file.write(data)
        os.rename(unfinished, path)

    def step(self, title: str) -> None:
        """Begin the next step: what was begun before has passed."""
        self.steps.append(title)

    def path(self, name: str) -> str:
        """Return the path of a file of the work."""
        return os.path.join(self.folder, name)

    def tilde(self, name: str = "") -> str:
        """Return how the student would name a file of the work."""
        return paths.tilde(os.path.join(self.folder, name).rstrip("/"))

    def original(self, name: str) -> bytes:
        """Return a file of the lab as it was released, by its path in the lab's folder."""
        with open(os.path.join(self._pristine, name), "rb") as file:
            return file.read()

    def data(self, name: str, hint: str = "", kind: str = "普通文件") -> bytes:
        """Return the bytes in a file; fail where there is none, or something else of that name."""
        path = self.path(name)
        expected = f"{self.tilde(name)} 是一个{kind}"
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise Failure(
                actual=f"没有文件 {self.tilde(name)}",
                expected=expected,
                hint=hint
                or "看看文件名有没有写错、是不是放在别的文件夹里了：ls -R " + self.tilde(),
            ) from None
        except OSError as error:
            raise Failure(
                actual=f"打不开 {self.tilde(name)}（{error.strerror}）",
                expected=expected,
                hint=owner.cure(path) or f"看看它是什么、权限是什么：ls -ld {self.tilde(name)}",
            ) from error
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            os.close(handle)
            thing = "文件夹" if stat.S_ISDIR(mode) else "特殊文件"
            raise Failure(
                actual=f"{self.tilde(name)} 是一个{thing}，不是普通文件",
                expected=expected,
                hint=f"先给它换个名字：mv {self.tilde(name)} {self.tilde(name)}.old",
            )
        with open(handle, "rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
        if len(data) > _LARGEST_BYTES:
            raise Failure(
                actual=f"{self.tilde(name)} 超过 {_LARGEST_BYTES // 1024} KiB",
                expected=expected,
                hint="文件里是不是写进了多余的内容？",
            )
        return data

    def text(self, name: str, hint: str = "") -> str:
        """Return the text in a file; fail as `data` does, and where it is no text in UTF-8."""
        kind = " UTF-8 文本文件"
        data = self.data(name, hint, kind)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise Failure(
                actual=f"{self.tilde(name)} 第 {line} 行不是 UTF-8 文字",
                expected=f"{self.tilde(name)} 是一个{kind}",
                hint="用 vim 打开，输入 :set fileencoding=utf-8，再 :wq 保存。",
            ) from None

    def lines(self, name: str, hint: str = "") -> list[str]:
        """Return a text file's lines without blanks at their ends; empty lines are left out."""
        stripped = (line.strip() for line in self.text(name, hint).splitlines())
        return [line for line in stripped if line]

    def answers(self, name: str) -> dict[str, str]:
        """Return what a form's lines `QUESTION = ANSWER` say; lines that begin with # are left out.

        Wide signs of an input method count as plain ones.
        """
        lines = (unicodedata.normalize("NFKC", line) for line in self.lines(name))
        parts = (line.partition("=") for line in lines if not line.startswith("#"))
        return {question.strip(): answer.strip() for question, _, answer in parts}

    def require(
        self, condition: object, *, actual: str, expected: str, hint: str, command: str = ""
    ) -> None:
        """Fail unless the condition holds."""
        if not condition:
            raise Failure(command=command, actual=actual, expected=expected, hint=hint)

    def start(
        self,
        file: str,
        *args: str,
        cpu_limit: float = 10,
        idle_timeout: float = 4,
        recorded: bool = False,
    ) -> Program:
        """Start a Python program of the work, on a copy; see `Program` for the meaning of the last three."""
        self.text(file)
        shown = f"cd {self.tilde()} && python3 {shlex.join([file, *args])}"
        return self._program([PYTHON, file, *args], shown, cpu_limit, idle_timeout, recorded)

    def run(
        self,
        file: str,
        *args: str,
        stdin: str = "",
        expected: str = "程序自己运行到结束",
        hint: str = "在终端里运行一次，看看它停在哪里。",
        code: int | None = 0,
        cpu_limit: float = 10,
        idle_timeout: float = 4,
    ) -> Finished:
        """Run a Python program of the work to its end; the input ends behind `stdin`."""
        with self.start(file, *args, cpu_limit=cpu_limit, idle_timeout=idle_timeout) as program:
            program.write(stdin)
            program.end_input()
            return program.finish(expected, hint, code)

    def server(self, file: str, port: int, *args: str, idle_timeout: float = 4) -> Server:
        """Start a server of the work, on a copy, and wait until it listens on `port`. Raises Failure and WrongUseError."""
        self.expect_free(port)
        try:
            return Server(self.start(file, *args, cpu_limit=3, idle_timeout=idle_timeout), port)
        except Failure:
            # The student's program has ended: a program that holds the port now has taken it meanwhile.
            self.expect_free(port)
            raise

    def evaluate(
        self,
        module: str,
        expression: str,
        *,
        expected: str,
        hint: str,
        before: str = "",
        shown: str = "",
        seconds: float = 10,
    ) -> Any:
        """Return what an expression over a module of the work is; see `start_evaluation`."""
        with self.start_evaluation(
            module, expression, before=before, shown=shown, seconds=seconds
        ) as program:
            return self.result(program, expected, hint)

    def start_evaluation(
        self,
        module: str,
        expression: str,
        *,
        before: str = "",
        shown: str = "",
        seconds: float = 10,
        recorded: bool = False,
    ) -> Program:
        """Start a program that prints what an expression over a module of the work is, as JSON can hold it.

        The expression sees the module under its own name, and what the code in `before` defines. The module must not
        run anything when it is imported. `shown` is what the student is told was run, where the expression says too
        much. Raises Failure.
        """
        self.text(f"{module}.py")
        code = (
            f"{FORK if recorded else ''}import json, sys; sys.path.insert(0, ''); import {module}\n{before}\n"
            f"print({RESULT!r} + json.dumps({expression}))"
        )
        call = shown or f"print({expression})"
        shown = f"cd {self.tilde()} && python3 -c 'import {module}; {call}'"
        program = self._program([PYTHON, "-c", code], shown, seconds, seconds, recorded)
        program.end_input()
        return program

    def result(self, program: Program, expected: str, hint: str) -> Any:
        """Return what a program of `start_evaluation` printed, once it has ended."""
        finished = program.finish(expected, hint)
        last = (finished.stdout.rstrip("\n").splitlines() or [""])[-1]
        if not last.startswith(RESULT):
            raise program.failure(program.printed(), expected, hint)
        return json.loads(last.removeprefix(RESULT))

    def expect_free(self, port: int) -> None:
        """Raise WrongUseError while somebody else holds the port, which is no fault of the work."""
        if not ports.is_held(port):
            return
        raise WrongUseError(
            "\n".join([f"端口 {port} 已经有程序在用，没法检查。", *ports.who(port)])
        )

    def _program(
        self,
        command: list[str],
        shown: str,
        cpu_limit: float,
        idle_timeout: float,
        recorded: bool = False,
    ) -> Program:
        env = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONIOENCODING": "utf-8",
            "TMPDIR": self._temporary(),
        }
        return Program(
            command,
            shown=shown,
            folder=self._copied(),
            scratch=self._scratch,
            env=env,
            cpu_limit=cpu_limit,
            idle_timeout=idle_timeout,
            recorded=recorded,
        )

    def _temporary(self) -> str:
        path = os.path.join(self._scratch, "tmp")
        os.makedirs(path, exist_ok=True)
        return path

    def _copied(self) -> str:
        """Copy the work once, so that no program changes it."""
        if self._copy is None:
            copy = os.path.join(self._scratch, "work")
            try:
                _copy_tree(self.folder, copy, self._too_much)
            except OSError as error:
                if error.errno not in _UNREADABLE:
                    raise
                name = os.path.relpath(str(error.filename), self.folder)
                name = name if len(name) < _LONG else f"{name[:_LONG]}…"
                raise Failure(
                    actual=f"读不了 {self.tilde(name)}（{error.strerror}）",
                    expected="这个文件夹里的东西，你自己都能读",
                    hint=owner.cure(self.folder)
                    or f"看看权限：ls -ld {self.tilde(name)}；想能读：chmod u+rwX {self.tilde(name)}",
                ) from error
            self._copy = copy
        return self._copy

    def _too_much(self) -> Failure:
        return Failure(
            actual=f"{self.tilde()} 里的文件超过 {_WHOLE_BYTES // 1024 // 1024} MiB",
            expected="这个文件夹里只有练习的文件",
            hint=f"看看是哪个文件这么大：du -a {self.tilde()} | sort -n | tail",
        )


def _copy_tree(source: str, target: str, too_much: Callable[[], Failure]) -> None:
    """Copy files and folders; links stay links, special files are left out."""
    left = _WHOLE_BYTES
    os.makedirs(target)
    waiting: list[tuple[str, str]] = [(source, target)]
    while waiting:
        old, new = waiting.pop()
        for entry in safe_fs.entries(old):
            place = os.path.join(new, entry.name)
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), place)
            elif entry.is_dir():
                os.mkdir(place)
                waiting.append((entry.path, place))
            elif entry.is_file():
                left -= entry.stat().st_size
                if left < 0:
                    raise too_much()
                shutil.copyfile(entry.path, place)
                shutil.copymode(entry.path, place)
