"""A real pseudo-terminal on the seat: what a person sees and types."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

import pexpect

from tests.machine import expected

# Colours, titles, cursor movements and key modes: what a terminal obeys and never shows.
ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1bP[^\x1b]*\x1b\\"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[()*+#][0-9A-Za-z]"
    r"|\x1b[=>78cDEHMNOZ]"
    r"|[\r\x07\x0e\x0f]"
)
ENTER = "\r"
TAB = "\t"
UP = "\x1b[A"
ESCAPE = "\x1b"
CTRL_C = "\x03"


class Terminal:
    """A program in a pseudo-terminal, read without its escape sequences."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", **(env or {})}
        self.child = pexpect.spawn(
            argv[0],
            list(argv[1:]),
            encoding="utf-8",
            codec_errors="replace",
            dimensions=(40, 160),
            env=environment,
            timeout=30,
        )
        self.child.delaybeforesend = None
        self.raw = ""
        self.seen = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.child.close(force=True)

    @property
    def text(self) -> str:
        """All that was shown so far."""
        return ESCAPES.sub("", self.raw)

    @property
    def unread(self) -> str:
        """What was shown since the last match."""
        return self.text[self.seen :]

    def send(self, keys: str) -> None:
        """Types these keys."""
        self.child.send(keys)

    def wait(self, pattern: str, timeout: float = 30) -> str:
        """Waits until the pattern is shown and returns all that came up to its end."""
        deadline = time.monotonic() + timeout
        wanted = re.compile(pattern, re.M)
        while True:
            text = self.text
            if match := wanted.search(text, self.seen):
                before = text[self.seen : match.end()]
                self.seen = match.end()
                return before
            rest = deadline - time.monotonic()
            try:
                if rest <= 0:
                    raise pexpect.TIMEOUT("")
                self.raw += self.child.read_nonblocking(65536, timeout=rest)
            except pexpect.TIMEOUT:
                raise AssertionError(
                    f"not shown within {timeout} s: {pattern!r}; since the last match there"
                    f" came:\n{self.unread[-3000:]}"
                ) from None
            except pexpect.EOF:
                raise AssertionError(
                    f"the terminal closed before it showed {pattern!r}:\n{self.unread[-3000:]}"
                ) from None

    def prompt(self, timeout: float = 30) -> str:
        """Waits for the shell's prompt in the home directory; returns what came before it."""
        shown = self.wait(expected.PROMPT + r"\Z", timeout)
        return re.sub(expected.PROMPT + r"\Z", "", shown)

    def run(self, command: str, timeout: float = 30) -> str:
        """Types a command at the prompt and returns what it printed."""
        self.send(command + ENTER)
        shown = self.prompt(timeout)
        return shown.partition("\n")[2]

    def password(self, password: str = expected.PASSWORD, timeout: float = 30) -> str:
        """Waits until a password is asked for, in whatever language, and types it."""
        shown = self.wait(r"(?i)(密码|password)[^\n]*[:：]\s*\Z", timeout)
        self.send(password + ENTER)
        return shown

    def ended(self, timeout: float = 30) -> int | None:
        """Waits until the program is gone; returns its exit code."""
        self.child.expect(pexpect.EOF, timeout=timeout)
        self.raw += self.child.before or ""
        self.child.wait()
        status: int | None = self.child.exitstatus
        return status
