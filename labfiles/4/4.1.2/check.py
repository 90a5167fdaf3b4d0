"""Checks 4.1.2: one function in several processes at the same time, each with arguments of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lab.checking import Work
from lab.checking.history import living, together

if TYPE_CHECKING:
    import random

    from lab.checking.history import History

NAMES: Final = ("张三", "李小四", "王五", "赵六", "欧阳七", "Li", "Zhou")
FILE: Final = "workers.py"
ALL_ENDED: Final = "全部结束"


class Job(NamedTuple):
    """What one process has to add."""

    name: str
    first: int
    last: int
    step: int

    @property
    def word(self) -> str:
        """The job on the command line."""
        step = f":{self.step}" if self.step > 1 else ""
        return f"{self.name}:{self.first}:{self.last}{step}"

    @property
    def total(self) -> int:
        """What has to come out."""
        return sum(range(self.first, self.last + 1, self.step))

    def results(self, text: str) -> list[int]:
        """The numbers on the lines that tell of this job's end."""
        lines = re.findall(rf"{self.name}\s(?!.*开始).*", text)
        return [int(number) for line in lines for number in re.findall(r"\d+", line)]


def jobs(rng: random.Random, count: int) -> list[Job]:
    """Return jobs of this student's; every other one has a step."""
    return [
        Job(name, first, first + rng.randint(20, 90), 1 if n % 2 else rng.randint(2, 7))
        for n, name in enumerate(rng.sample(NAMES, count))
        for first in [rng.randint(1, 50)]
    ]


def check(work: Work) -> None:
    """Run it twice: the last process ends long after the others, then the first one does."""
    rng = work.rng("jobs")
    for wanted, last in ((jobs(rng, 4), 3), (jobs(rng, 3), 0)):
        check_run(work, wanted, last)


def check_run(work: Work, wanted: list[Job], last: int) -> None:
    """Look at what the kernel saw: processes, what each of them wrote, and when they began and ended."""
    hint = "先看看它自己打印了什么。创建进程：Process(target=add, args=values, kwargs=named)，target 只写函数名。"
    work.step(f"{len(wanted)} 份工作：程序自己运行到结束")
    with work.start(FILE, *(job.word for job in wanted), idle_timeout=8, recorded=True) as program:
        program.end_input()
        program.hold_workers(len(wanted), last)
        program.finish("程序自己运行到结束", hint)
        history = program.history()
    command = program.shown
    check_processes(work, wanted, history, command)
    check_order(work, wanted, history, command)


def check_processes(work: Work, wanted: list[Job], history: History, command: str) -> None:
    """A process for each job, none of them the parent, with the right result."""
    work.step("每一份工作有一个自己的进程")
    texts = {worker.number: history.printed(worker.number) for worker in history.workers()}
    doers: list[int] = []
    for job in wanted:
        found = [process for process, text in texts.items() if job.results(text)]
        actual = f"{job.name} 这一份，没有一个子进程做"
        hint = "循环里每次都要创建一个进程，再启动它：child.start()。"
        if len(found) > 1:
            actual = f"{job.name} 这一份，有 {len(found)} 个子进程做"
            hint = "同一份工作做了不止一遍：一份工作只创建一个进程。"
        elif job.results(history.printed(history.main.number)):
            actual = f"{job.name} 这一份，是父进程自己做的"
            hint = "target=add(…) 是马上调用它；target=add 才是交给新进程，参数写在 args 里。启动用 start()，不是 run()。"
        work.require(
            len(found) == 1,
            command=command,
            actual=actual,
            expected="每一份工作有一个子进程来做",
            hint=hint,
        )
        doers += found
    work.require(
        len(texts) >= len(wanted),
        command=command,
        actual=f"{len(wanted)} 份工作，只有 {len(texts)} 个子进程",
        expected="一份工作一个进程",
        hint="每一份工作都创建一个新的 Process。",
    )
    work.step("每一份的结果都对")
    for job, doer in zip(wanted, doers, strict=True):
        results = job.results(texts[doer])
        hint = "args=values，kwargs=named：一个也不能少。"
        if sum(range(job.first, job.last + 1)) in results:
            hint = "每隔几个加一个（step）没有传过去：kwargs=named。"
        work.require(
            job.total in results,
            command=command,
            actual=f"{job.name} 算出来 {results[-1]}",
            expected=f"{job.name} 算出来 {job.total}",
            hint=hint,
        )


def check_order(work: Work, wanted: list[Job], history: History, command: str) -> None:
    """All at the same time, and the parent waits for every one."""
    workers = history.workers()
    most = together(workers)
    work.step("它们是同时做的")
    work.require(
        most >= len(wanted),
        command=command,
        actual="开始一个，结束一个，再开始下一个"
        if most == 1
        else f"最多只有 {most} 个子进程同时在做",
        expected=f"{len(wanted)} 个子进程同时在做",
        hint="join 会等它结束。启动用一个循环，等待用另一个循环：先全部 start，再全部 join。",
    )
    work.step("父进程等齐了再走")
    said = history.said(history.main.number, ALL_ENDED)
    work.require(
        said is not None,
        command=command,
        actual=f"父进程没有说“{ALL_ENDED}”",
        expected=f"父进程最后说“{ALL_ENDED}”",
        hint=f'最后一行 print("{ALL_ENDED}") 要留着，在父进程里。',
    )
    late = living(workers, said or 0)
    work.require(
        not late,
        command=command,
        actual=f"父进程说“{ALL_ENDED}”的时候，还有 {len(late)} 个子进程没有结束",
        expected=f"“{ALL_ENDED}”是最后一行",
        hint="对每一个进程都调用 join()，再打印最后一行。",
    )
