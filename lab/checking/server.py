"""A student's server under test: started, waited for, talked to by several clients, ended by ctrl-c."""

from __future__ import annotations

import select
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from lab import ports
from lab.checking.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.checking.program import Finished, Program

_LOOPBACK: Final = "127.0.0.1"
_CHUNK_BYTES: Final = 65536
# Bytes of one answer; a server that sends more does not stop.
_LONGEST_BYTES: Final = 16 * 1024 * 1024
# Seconds of one wait for bytes.
_TURN_SECONDS: Final = 0.02


class Server:
    """A program that listens on a port; use it in a `with` block."""

    def __init__(self, program: Program, port: int) -> None:
        """Wait until `program`, and nobody else, listens on `port`. Raises Failure."""
        self.program = program
        self.port = port
        try:
            program.wait_until(
                self._listens,
                expected=f"程序在 {port} 端口上等待客户端（listen）",
                hint=f"检查 bind 的地址是不是 ('0.0.0.0', {port})，后面有没有 listen，"
                "再看程序是不是一启动就出错退出了。",
            )
        except BaseException:
            program.destroy()
            raise

    def __enter__(self) -> Server:
        """Return the server itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Leave neither process nor port behind."""
        self.program.destroy()

    def client(self, name: str = "客户端") -> Client:
        """Connect a new client, called `name` in failures. Raises Failure."""
        return Client(self, name)

    def stop(self, hint: str | None = None, clean: bool = True) -> Finished:
        """Press ctrl-c; the server has to end at once and free its port. Raises Failure."""
        finished = self.program.interrupt(
            hint or "用 try/except KeyboardInterrupt 接住 ctrl-c，关掉监听的套接字，再结束程序。",
            clean=clean,
        )
        if ports.is_held(self.port):
            raise self.program.failure(
                f"程序结束了，{self.port} 端口却还被占着。",
                "端口空出来，马上可以再启动",
                "结束之前关掉监听的套接字；子进程也要结束。",
            )
        return finished

    def _listens(self) -> bool:
        ours = {process.pid for process in self.program.tree()}
        return any(holder.pid in ours for holder in ports.holders(self.port))


class Client:
    """One connection to a student's server; use it in a `with` block. Every wait also watches the server."""

    def __init__(self, server: Server, name: str) -> None:
        """Connect; fail where the server refuses."""
        self.server = server
        self.name = name
        self.received = b""
        self._sent = b""
        try:
            self.socket = socket.create_connection((_LOOPBACK, server.port), timeout=5)
        except OSError as error:
            raise self.failure(
                f"{name}连不上 {server.port} 端口：{error}",
                "客户端随时连得上",
                "服务器还在运行吗？监听的套接字是不是关得太早了？",
            ) from error

    def __enter__(self) -> Client:
        """Return the client itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Hang up."""
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes; a server that has hung up is noticed by the next receive."""
        self._sent += data
        with suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def end(self) -> None:
        """Say that nothing more will be sent."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def receive(self, wanted: bytes, hint: str) -> None:
        """Expect exactly these bytes next. Raises Failure."""
        shown = f"{self.name}收到 {_shown(wanted)}"
        got = self._collect(lambda data: len(data) >= len(wanted), shown, hint)
        if got[: len(wanted)] != wanted:
            raise self.failure(f"{self.name}收到的是 {_shown(got)}", shown, hint)
        self.received = got[len(wanted) :]

    def receive_until(self, mark: bytes, expected: str, hint: str) -> bytes:
        """Return the bytes up to and with `mark`. Raises Failure."""
        got = self._collect(lambda data: mark in data, expected, hint)
        end = got.find(mark) + len(mark)
        if end < len(mark):
            raise self.failure(
                f"连接关了，{self.name}收到的是 {_shown(got)}，里面没有 {_shown(mark)}",
                expected,
                hint,
            )
        self.received = got[end:]
        return got[:end]

    def receive_all(self, expected: str, hint: str) -> bytes:
        """Expect that the server hangs up; return all that was received before that."""
        got = self._collect(lambda data: False, expected, hint)
        self.received = b""
        return got

    def expect_silence(self, seconds: float, expected: str, hint: str) -> None:
        """Expect no bytes for that many seconds, and that the connection stays. Raises Failure."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._turn(deadline - time.monotonic())
            if self.received or select.select([self.socket], [], [], 0)[0]:
                got = self.received or self._read()
                actual = f"{self.name}收到了 {_shown(got)}" if got else f"{self.name}的连接被关了"
                raise self.failure(actual, expected, hint)

    def wait_until_read(self, hint: str) -> None:
        """Wait until the server has taken from its socket all that this client sent."""
        expected = f"服务器收下 {_shown(self._sent)}"
        self.server.program.wait_until(
            lambda: not ports.unread(self.server.port, self.socket.getsockname()[1]),
            expected=expected,
            hint=hint,
        )

    def require(self, condition: object, actual: str, expected: str, hint: str) -> None:
        """Fail unless the condition holds."""
        if not condition:
            raise self.failure(actual, expected, hint)

    def failure(self, actual: str, expected: str, hint: str) -> Failure:
        """Return a failure that tells what this client had sent and what the server printed."""
        sent = f"（{self.name}发送了 {_shown(self._sent)}）" if self._sent else ""
        return self.server.program.failure(
            f"{actual}{sent}。\n{self.server.program.printed()}", expected, hint
        )

    def _collect(self, enough: Callable[[bytes], bool], expected: str, hint: str) -> bytes:
        data, self.received = self.received, b""

        def arrived() -> bool:
            nonlocal data
            while not enough(data) and select.select([self.socket], [], [], 0)[0]:
                got = self._read()
                data += got
                if not got:
                    return True
                if len(data) > _LONGEST_BYTES:
                    raise self.failure("收到了超过 16 MiB，还没有停", expected, hint)
            return enough(data)

        try:
            self.server.program.wait_until(arrived, expected=expected, hint=hint)
        except Failure as failure:
            failure.actual = (
                f"{self.name}发送了 {_shown(self._sent)}，收到 {_shown(data)}。\n{failure.actual}"
            )
            raise
        return data

    def _read(self) -> bytes:
        try:
            return self.socket.recv(_CHUNK_BYTES)
        except ConnectionResetError:
            return b""

    def _turn(self, seconds: float) -> None:
        select.select([self.socket], [], [], max(0.0, min(seconds, _TURN_SECONDS)))


def _shown(data: bytes) -> str:
    """Return bytes as Python writes them, shortened in the middle."""
    text = repr(data)
    return text if len(text) <= 160 else f"{text[:100]} … {text[-40:]}（共 {len(data)} 字节）"
