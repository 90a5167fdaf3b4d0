"""Runs the steps of a verb, those that do not depend on each other side by side, with a progress line for each."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from host.errors import HostError

Say = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One piece of work: `work` gets a function that shows what it is at, and returns a word on how it ended."""

    name: str
    work: Callable[[Say], str]
    after: Sequence[str] = field(default=())


class Progress:
    """Prints one line an event, with the seconds since the start; threads may share it."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        """Print what the step of that name is at."""
        with self._lock:
            print(
                f"[{time.monotonic() - self._start:5.1f} 秒] {name}：{text}",
                file=sys.stderr,
                flush=True,
            )


def run(steps: Sequence[Step], progress: Progress) -> dict[str, float]:
    """Run the steps, each as soon as those it comes after are done; return the seconds that each took.

    When one fails the others that run are waited for, none is begun, and its error is raised.
    """
    seconds: dict[str, float] = {}
    waiting = list(steps)
    running: dict[Future[None], Step] = {}
    failure: BaseException | None = None

    def carry_out(step: Step) -> None:
        start = time.monotonic()
        ending = step.work(lambda text: progress.line(step.name, text))
        seconds[step.name] = time.monotonic() - start
        progress.line(step.name, f"{ending}（{seconds[step.name]:.1f} 秒）")

    with ThreadPoolExecutor(max_workers=len(steps)) as pool:
        while waiting or running:
            ready = [step for step in waiting if all(name in seconds for name in step.after)]
            if failure is None:
                for step in ready:
                    waiting.remove(step)
                    running[pool.submit(carry_out, step)] = step
            if not running:
                break
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                step = running.pop(future)
                error = future.exception()
                if error is not None:
                    progress.line(step.name, "失败")
                    failure = failure or error
    if failure is not None:
        raise failure
    if waiting:
        raise HostError(f"步骤互相等待：{'、'.join(step.name for step in waiting)}")
    return seconds
