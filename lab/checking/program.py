"""Runs a student's program where it can do no harm, watches it, and takes all of it away in the end."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from lab.checking import limits, processes
from lab.checking.failure import Failure
from lab.checking.history import History, record_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Seconds: how long one wait for output takes, and how often processes are sampled, which costs a look at all of /proc.
_TICK_SECONDS: Final = 0.02
_SAMPLE_SECONDS: Final = 0.1
# Lines of output that a failure shows; more would push its hint off the screen.
_SHOWN_LINES: Final = 12
# Seconds until ctrl-c is pressed again: a person would, and a signal just before a blocking call may go unheard.
_UNHEARD_SECONDS: Final = 1.5
# Seconds for a program that is neither busy nor blocked, as on a machine that hardly lets it run.
_WALL_SECONDS: Final = 60.0
# Seconds in which helpers of multiprocessing end after their parent.
_REST_SECONDS: Final = 2.0
# Seconds of standstill after which no more workers begin, and after which a held program is known to wait for its own.
_STANDSTILL_SECONDS: Final = 1.5
_SETTLED_SECONDS: Final = 0.3


class Finished(NamedTuple):
    """How a program ended: what it printed, its exit code (negative: the signal), and after how many seconds."""

    stdout: str
    stderr: str
    code: int
    seconds: float


class Program:
    """A running program in a session of its own; use it in a `with` block, which leaves nothing of it behind."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        shown: str,
        folder: str,
        scratch: str,
        env: Mapping[str, str],
        cpu_limit: float,
        idle_timeout: float,
        recorded: bool = False,
    ) -> None:
        """Start it in `folder`; what it writes anywhere in `scratch` is counted.

        `shown` is what the student would type. Every wait ends when the program has used a processor for `cpu_limit`
        seconds (it is busy), or has slept for `idle_timeout` seconds (it is blocked), however busy the machine is.
        A program that does neither is given up after a minute. With `recorded` its `history` is kept. Raises OSError.
        """
        self._record = ""
        if recorded:
            handle, self._record = tempfile.mkstemp(prefix="history-", dir=scratch)
            os.close(handle)
            command = record_command(command, self._record)
        self.shown = shown
        self.cpu_limit = cpu_limit
        self.idle_timeout = idle_timeout
        self.stdout = ""
        self.stderr = ""
        self._scratch = scratch
        self._raw = {"stdout": b"", "stderr": b""}
        self._began = time.monotonic()
        self._sampled = self._began
        self._cpu: dict[int, float] = {}
        self._used = 0.0
        self._idle = 0.0
        processes.adopt_orphans()
        most_tasks = limits.tasks()
        parent = os.getpid()

        def prepare() -> None:
            processes.die_with_parent()
            if os.getppid() != parent:
                os._exit(1)
            processes.die_first_without_memory()
            limits.limit_this_process(most_tasks)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)

        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            # Nothing here runs threads, so code between fork and exec is safe.
            preexec_fn=prepare,
        )
        self._selector = selectors.DefaultSelector()
        for name in ("stdout", "stderr"):
            stream = getattr(self._process, name)
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ, name)

    def __enter__(self) -> Program:
        """Return the program itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Take away whatever is left of it."""
        self.destroy()

    @property
    def pid(self) -> int:
        """The program's own process number."""
        return self._process.pid

    def alive(self) -> bool:
        """Say whether the program itself still runs; its children may live on."""
        return self._process.poll() is None

    def tree(self) -> list[processes.Process]:
        """Return the program and all that it started, as far as they live."""
        return processes.living(self.pid)

    def history(self) -> History:
        """Return what the kernel saw of a recorded program until now; once it has ended, the whole."""
        with open(self._record, encoding="utf-8", errors="replace") as file:
            return History(file.read())

    def hold_workers(self, count: int, last: int | None = None) -> None:
        """Stop each process of a recorded program as it begins, until `count` stand still together; then let them go on.

        Of these number `last`, if given, has to wait, once it has written something, until the others have ended and the program
        does nothing. A program whose processes never stand together goes on after a while; the history tells it.
        """
        held: list[int] = []

        def stopped() -> bool:
            for worker in self.history().workers():
                if worker.number not in held and worker.ended is None:
                    held.append(worker.number)
                    _signal(worker.number, signal.SIGSTOP)
            return len(held) >= count

        def gone() -> bool:
            living = {worker.number for worker in self.history().workers() if worker.ended is None}
            return living <= {held[last or 0]}

        def wait(condition: Callable[[], bool], seconds: float) -> None:
            with suppress(Failure):
                self.wait_until(
                    condition, expected="", hint="", ended_counts=True, idle_timeout=seconds
                )

        def spoken() -> bool:
            # Who has written and been given another moment holds no lock that the others wait for.
            history = self.history()
            ended = {worker.number for worker in history.workers() if worker.ended is not None}
            return held[last or 0] in ended | {write.thread for write in history.writes}

        wait(stopped, _STANDSTILL_SECONDS)
        for number in held:
            _signal(number, signal.SIGCONT)
        if last is not None and len(held) >= count:
            self._turn()
            wait(spoken, _STANDSTILL_SECONDS)
            self._turn()
            _signal(held[last], signal.SIGSTOP)
            wait(gone, _STANDSTILL_SECONDS)
            wait(lambda: False, _SETTLED_SECONDS)
            _signal(held[last], signal.SIGCONT)

    def write(self, text: str) -> None:
        """Type a text; an end of line is not added. A program that no longer reads is left alone."""
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.write(text.encode())
            self._process.stdin.flush()

    def end_input(self) -> None:
        """Close its input, as ctrl-d does."""
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def wait_for_output(self, pattern: str, expected: str, hint: str) -> str:
        """Wait until a regular expression matches what it printed; return the match. Raises Failure."""
        wanted = re.compile(pattern, re.M)
        self.wait_until(
            lambda: bool(wanted.search(self.stdout)),
            expected=expected,
            hint=hint,
            ended_counts=True,
        )
        found = wanted.search(self.stdout)
        if not found:
            raise self.failure(f"没有看到要等的输出。\n{self.printed()}", expected, hint)
        return found[0]

    def wait_until(
        self,
        condition: Callable[[], bool],
        *,
        expected: str,
        hint: str,
        ended_counts: bool = False,
        cpu_limit: float | None = None,
        idle_timeout: float | None = None,
        wall: float = _WALL_SECONDS,
    ) -> None:
        """Wait until a condition holds. Raises Failure when the program ends before it, sleeps on, or takes too long.

        With `ended_counts` the program's end ends the wait without a failure. `cpu_limit` and `idle_timeout` replace
        the program's own; after `wall` seconds a program that is neither busy nor blocked is given up.
        """
        limit = self.cpu_limit if cpu_limit is None else cpu_limit
        idle_timeout = self.idle_timeout if idle_timeout is None else idle_timeout
        began = time.monotonic()
        self._idle = 0.0
        used = self._used
        while not condition():
            if not self._turn():
                # Its last output may make the condition true.
                self._drain()
                if ended_counts or condition():
                    return
                raise self.failure(self._ended(), expected, hint)
            now = time.monotonic()
            if self._idle > idle_timeout:
                actual = f"等了 {idle_timeout:g} 秒：程序停在那里不动（不占 CPU，它在等什么）。"
            elif self._used - used > limit:
                actual = f"程序一直在忙，用了 {limit:g} 秒 CPU，还是没有等到。"
            elif now - began > max(wall, 2 * limit):
                actual = f"等了 {now - began:.0f} 秒，还是没有等到。"
            else:
                continue
            raise self.failure(f"{actual}\n{self.printed()}", expected, hint)

    def finish(self, expected: str, hint: str, code: int | None = 0) -> Finished:
        """Wait for the program's own end and return it; `code` is the exit code that it has to have, or None.

        Raises Failure for another code, for processes that live on, and as `wait_until` does.
        """
        self.wait_until(lambda: not self.alive(), expected=expected, hint=hint)
        finished = self._finished()
        if code is not None and finished.code != code:
            raise self.failure(self._ended(), expected, self._advice(hint))
        self._expect_no_rest()
        return finished

    def interrupt(self, hint: str, clean: bool = True) -> Finished:
        """Press ctrl-c: all of it has to end at once, with `clean` without a traceback and with code 0. Raises Failure."""
        expected = "按 ctrl-c，程序马上结束，一个进程也不留下"
        self._settle()
        os.killpg(self.pid, signal.SIGINT)
        try:
            self.wait_until(
                lambda: not self.alive(),
                expected=expected,
                hint=hint,
                idle_timeout=_UNHEARD_SECONDS,
            )
        except Failure:
            if self.alive():
                os.killpg(self.pid, signal.SIGINT)
            self.wait_until(lambda: not self.alive(), expected=expected, hint=hint)
        finished = self._finished()
        if clean and ("Traceback" in finished.stderr or finished.code != 0):
            raise self.failure(
                f"按 ctrl-c 以后：{self._ended()}",
                "按 ctrl-c，程序自己收尾，正常结束（退出码 0，没有 Traceback）",
                hint,
            )
        self._expect_no_rest()
        return finished

    def _settle(self) -> None:
        """Wait a moment until it sleeps: nobody presses ctrl-c so fast that it is still starting a child."""
        deadline = time.monotonic() + _UNHEARD_SECONDS
        while time.monotonic() < deadline and self._turn():
            process = processes.one(self.pid)
            if process and process.state == "S":
                return

    def _finished(self) -> Finished:
        self._drain()
        took = time.monotonic() - self._began
        return Finished(self.stdout, self.stderr, self._process.returncode, took)

    def printed(self) -> str:
        """Return the last lines of what it printed, for a failure's text."""
        self._drain()
        parts = []
        for title, text in (("它输出了", self.stdout), ("错误信息", self.stderr)):
            lines = text.rstrip("\n").splitlines()
            if lines:
                left = ["…"] if len(lines) > _SHOWN_LINES else []
                parts.append("\n".join([f"{title}：", *left, *lines[-_SHOWN_LINES:]]))
        return "\n".join(parts) or "它什么也没有输出。"

    def failure(self, actual: str, expected: str, hint: str) -> Failure:
        """Return a failure of this program."""
        return Failure(command=self.shown, actual=actual, expected=expected, hint=hint)

    def destroy(self) -> None:
        """Kill all of it and close its pipes. Raises RuntimeError where something cannot be killed."""
        gone = processes.kill_all(self.pid)
        self._process.wait(timeout=5)
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):
                if stream:
                    stream.close()
        if not gone:
            raise RuntimeError(f"processes of {self.shown} could not be ended")

    def _turn(self) -> bool:
        """Read what it prints, for a moment; watch what it uses; say whether it still runs."""
        for key, _ in self._selector.select(_TICK_SECONDS):
            self._read(key)
        if not self._selector.get_map():
            time.sleep(_TICK_SECONDS)
        passed = time.monotonic() - self._sampled
        if passed > _SAMPLE_SECONDS:
            # On a busy machine samples come late: count at most two intervals as idle.
            self._sample(min(passed, 2 * _SAMPLE_SECONDS))
            self._sampled = time.monotonic()
        return self.alive()

    def _read(self, key: selectors.SelectorKey) -> None:
        name = key.data
        try:
            data = os.read(key.fd, 65536)
        except BlockingIOError:
            return
        if not data:
            self._selector.unregister(key.fileobj)
            return
        self._raw[name] += data
        setattr(self, name, self._raw[name].decode("utf-8", "replace"))
        if len(self._raw[name]) > limits.OUTPUT_BYTES:
            self._raw[name] = self._raw[name][: limits.OUTPUT_BYTES]
            raise self.failure(
                f"它输出了超过 {limits.OUTPUT_BYTES // limits.MIB} MiB，还没有停。最后几行：\n{self.stdout[-300:]}",
                "只输出要求的内容",
                "循环里的 print 是不是停不下来？循环的结束条件写对了吗？",
            )

    def _drain(self) -> None:
        with suppress(ValueError, RuntimeError):
            while self._selector.get_map() and (ready := self._selector.select(0)):
                for key, _ in ready:
                    self._read(key)

    def _sample(self, passed: float) -> None:
        tree = self.tree()
        cpu = {process.pid: process.cpu for process in tree}
        used = sum(max(0.0, cpu[pid] - self._cpu.get(pid, 0.0)) for pid in cpu)
        active = used or any(process.state in "RD" for process in tree)
        self._idle = 0.0 if active else self._idle + passed
        self._used += used
        self._cpu = cpu
        if excess := limits.excess(tree, self._scratch):
            raise self.failure(*excess)

    def _ended(self) -> str:
        code = self._process.returncode
        if code is None:
            return self.printed()
        ended = (
            f"被信号 {signal.Signals(-code).name} 结束了"
            if code < 0
            else f"结束了，退出码是 {code}"
        )
        return f"程序{ended}。\n{self.printed()}"

    def _advice(self, hint: str) -> str:
        if "Traceback" not in self.stderr:
            return hint
        last = self.stderr.rstrip().splitlines()[-1]
        return f"先看错误信息的最后一行（{last}），再看它上面说的是哪个文件的哪一行。\n{hint}"

    def _expect_no_rest(self) -> None:
        """Fail where processes live on; helpers of multiprocessing get a moment to end after their parent."""
        deadline = time.monotonic() + _REST_SECONDS
        while (rest := self.tree()) and time.monotonic() < deadline:
            time.sleep(_TICK_SECONDS)
        if rest:
            names = "、".join(f"{process.pid}（{process.name}）" for process in rest[:5])
            raise self.failure(
                f"程序结束了，可是它开的进程还在：{names}",
                "程序结束以后，一个进程也不留下",
                "父进程要等子进程结束（join），或者把它们设成 daemon=True。",
            )


def _signal(process: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)
