"""Runs the steps of a verb, those that do not depend on each other side by side, with a progress line for each."""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from host.errors import HostError
from host.i18n import translated as _

Reporter = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One piece of work: `work` gets a function that shows what it is at, and returns a word on how it ended."""

    name: str
    work: Callable[[Reporter], str]
    after: Sequence[str] = ()


class Progress:
    """Prints one line an event, with the seconds since the start; threads may share it."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        """Print what the step of that name is at."""
        with self._lock:
            print(
                _(
                    "[{seconds:5.1f} 秒] {name}：{text}",
                    seconds=time.monotonic() - self._start,
                    name=name,
                    text=text,
                ),
                file=sys.stderr,
                flush=True,
            )

    def reporter(self, name: str) -> Reporter:
        """Return what prints a line for the step of that name."""
        return functools.partial(self.line, name)


def run(steps: Sequence[Step], progress: Progress) -> dict[str, float]:
    """Run the steps, each as soon as those it comes after are done; return the seconds that each took.

    After a failure running steps finish, no new one starts, and the first error is raised. Raises HostError, too, for
    steps that wait for each other.
    """
    by_name = {step.name: step for step in steps}
    order = TopologicalSorter({step.name: step.after for step in steps})
    try:
        order.prepare()
    except CycleError as error:
        raise HostError(_("步骤互相等待：{names}", names=_("、").join(error.args[1]))) from error
    seconds: dict[str, float] = {}
    running: dict[Future[None], str] = {}
    failure: BaseException | None = None

    def carry_out(step: Step) -> None:
        start = time.monotonic()
        ending = step.work(progress.reporter(step.name))
        seconds[step.name] = time.monotonic() - start
        progress.line(
            step.name, _("{ending}（{seconds:.1f} 秒）", ending=ending, seconds=seconds[step.name])
        )

    with ThreadPoolExecutor(max_workers=len(steps)) as pool:
        while order.is_active() and (running or failure is None):
            if failure is None:
                running |= {
                    pool.submit(carry_out, by_name[name]): name for name in order.get_ready()
                }
            finished = wait(running, return_when=FIRST_COMPLETED).done
            for future in finished:
                name = running.pop(future)
                ended = future.exception()
                if ended is None:
                    order.done(name)
                else:
                    progress.line(name, _("失败"))
                    failure = failure or ended
    if failure is not None:
        raise failure
    return seconds
