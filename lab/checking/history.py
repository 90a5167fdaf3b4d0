"""What the kernel saw of a program: which processes and threads began and ended, by whom, and who wrote what.

strace(1) keeps the record, through a seccomp filter that leaves all other system calls alone. Nothing in it is what a
program says of itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

# With -D the program stays the child of who starts it; -xx lets any bytes be read back.
_RECORDER: Final = (
    "strace -D -f --seccomp-bpf -q -xx -s 4096 -e signal=none -e trace=process,write -o"
)
_LINE: Final = re.compile(r"(\d+) +(.*)")
_RESUMED: Final = re.compile(r"<\.\.\. \w+ resumed>(.*)")
_BEGIN: Final = re.compile(r"(?:clone3?|v?fork)\(.* = (\d+)(?: |$)")
_WRITE: Final = re.compile(r'write\((\d+), "([^"]*)"')
_END: Final = re.compile(r"\+\+\+ (?:exited with (\d+)|killed by (\w+))")
_BYTE: Final = re.compile(r"\\x([0-9a-f]{2})")
# In the command of a process that multiprocessing spawned, which runs the program's own code.
_SPAWNED: Final = "from multiprocessing.spawn"


class Write(NamedTuple):
    """One writing: its place in the record, by which thread, to which descriptor, what."""

    at: int
    thread: int
    target: int
    data: bytes


class Life(NamedTuple):
    """A process, or a further thread of one.

    `began` and `ended` are places in the record, the greater the later; None: it lives. `code` is the exit code, -1
    when a signal ended it. `command` is what it was made to run by exec.
    """

    number: int
    process: int
    parent: int
    began: int
    ended: int | None
    code: int | None
    command: str

    @property
    def is_process(self) -> bool:
        """Whether it is a process of its own."""
        return self.number == self.process


class History:
    """The record as far as it goes; the program itself is its first life."""

    def __init__(self, text: str) -> None:
        """Read what strace wrote; a last line without an end is left for later."""
        self.lives: list[Life] = []
        self.writes: list[Write] = []
        lives: dict[int, Life] = {}
        pending: dict[int, tuple[int, str]] = {}
        for at, line in enumerate(text.split("\n")[:-1]):
            found = _LINE.fullmatch(line)
            if found:
                number, event = int(found[1]), found[2]
                lives.setdefault(number, Life(number, number, 0, at, None, None, ""))
                if event.endswith("<unfinished ...>"):
                    pending[number] = (at, event.removesuffix("<unfinished ...>"))
                    continue
                resumed = _RESUMED.fullmatch(event)
                first, begin = pending.pop(number, (at, "")) if resumed else (at, "")
                self._note(lives, number, first, begin + (resumed[1] if resumed else event), at)
        self.lives = list(lives.values())

    def _note(self, lives: dict[int, Life], number: int, first: int, event: str, at: int) -> None:
        life = lives[number]
        if begun := _BEGIN.match(event):
            child = int(begun[1])
            known = lives.get(child, Life(child, child, 0, first, None, None, ""))
            process = life.process if "CLONE_THREAD" in event else child
            lives[child] = known._replace(process=process, parent=life.process)
        elif event.startswith("execve(") and event.endswith(" = 0"):
            lives[number] = life._replace(command=_bytes(event).decode("utf-8", "replace"))
        elif written := _WRITE.match(event):
            self.writes.append(Write(first, number, int(written[1]), _bytes(written[2])))
        elif ended := _END.match(event):
            lives[number] = life._replace(ended=at, code=int(ended[1]) if ended[1] else -1)

    @property
    def main(self) -> Life:
        """The program itself."""
        return self.lives[0]

    def workers(self) -> list[Life]:
        """Return the processes that the program began to run its own code in, in this order."""
        return [
            life
            for life in self.lives[1:]
            if life.is_process and (not life.command or _SPAWNED in life.command)
        ]

    def printed(self, process: int) -> str:
        """Return what a process wrote to its standard output."""
        data = (write.data for write in self._output(process))
        return b"".join(data).decode("utf-8", "replace")

    def said(self, process: int, text: str) -> int | None:
        """Return the place at which a process had written a text to its standard output, None if it never did."""
        data = b""
        for write in self._output(process):
            data += write.data
            if text.encode() in data:
                return write.at
        return None

    def _output(self, process: int) -> list[Write]:
        threads = {life.number for life in self.lives if life.process == process}
        return [write for write in self.writes if write.target == 1 and write.thread in threads]


def record_command(command: Iterable[str], path: str) -> list[str]:
    """Return the command that runs another one and keeps its record in a file."""
    return [*_RECORDER.split(), path, *command]


def together(lives: Iterable[Life]) -> int:
    """Return how many of these lived at the same time, at most."""
    known = list(lives)
    return max(
        (
            sum(
                other.began <= life.began and (other.ended or life.began) >= life.began
                for other in known
            )
            for life in known
        ),
        default=0,
    )


def living(lives: Iterable[Life], at: int) -> list[Life]:
    """Return which of these had not ended yet at a place of the record."""
    return [life for life in lives if life.ended is None or life.ended > at]


def _bytes(text: str) -> bytes:
    return bytes(int(digits, 16) for digits in _BYTE.findall(text))
