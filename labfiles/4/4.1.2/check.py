"""Checks 4.1.2: one function in several processes at the same time, each with arguments of its own."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from lab.checking import Work
from lab.checking.program import Finished

NAMES: Final = ("甲", "乙", "丙", "丁", "戊", "己")
FILE: Final = "workers.py"


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


def jobs(work: Work) -> list[Job]:
    """Return this student's jobs; every other one has a step."""
    rng = work.rng("jobs")
    names = rng.sample(NAMES, 4)
    return [
        Job(name, first, first + rng.randint(20, 90), 1 if n % 2 else rng.randint(2, 7))
        for n, name in enumerate(names)
        for first in [rng.randint(1, 50)]
    ]


def check(work: Work) -> None:
    """Run it once; who did what, and in which order, stands in its output."""
    wanted = jobs(work)
    hint = "先看看它自己打印了什么。创建进程：Process(target=add, args=values, kwargs=named)，target 只写函数名。"
    work.step("程序自己运行到结束")
    done = work.run(FILE, *(job.word for job in wanted), hint=hint, idle_timeout=8)
    check_processes(work, wanted, done)
    work.step("每一份的结果都对")
    for job in wanted:
        found = re.search(rf"{job.name} 结束 (\d+)", done.stdout)
        total = int(found[1]) if found else None
        hint = "args=values，kwargs=named：一个也不能少。"
        if total == sum(range(job.first, job.last + 1)):
            hint = "每隔几个加一个（step）没有传过去：kwargs=named。"
        work.require(
            total == job.total,
            command=command(job),
            actual=f"{job.name} 算出来 {total if found else '（没有结果）'}",
            expected=f"{job.name} 算出来 {job.total}",
            hint=hint,
        )
    check_order(work, wanted, done)


def command(*some: Job) -> str:
    """Return the command that the student would type."""
    return f"python3 {FILE} {' '.join(job.word for job in some)}"


def check_processes(work: Work, wanted: list[Job], done: Finished) -> None:
    """A process for each job, none of them the parent."""
    work.step("每一份工作有一个自己的进程")
    parent = re.search(r"父进程 (\d+)", done.stdout)
    pids = {}
    for job in wanted:
        begins = re.findall(rf"{job.name} 开始 (\d+)", done.stdout)
        hint = "循环里每次都要创建一个进程，再启动它：child.start()。"
        if len(begins) > 1:
            hint = "同一份工作做了不止一遍：一份工作只创建一个进程。"
        work.require(
            len(begins) == 1,
            command=command(*wanted),
            actual=f"{job.name} 开始了 {len(begins)} 次",
            expected="每一份工作开始一次",
            hint=hint,
        )
        pids[job.name] = begins[0]
    here = [name for name, pid in pids.items() if parent and pid == parent[1]]
    work.require(
        not here,
        command=command(*wanted),
        actual=f"{'、'.join(here)} 是父进程自己做的（PID 和父进程一样）",
        expected="在另一个进程里做",
        hint="target=add(…) 是马上调用它；target=add 才是交给新进程，参数写在 args 里。启动用 start()，不是 run()。",
    )
    work.require(
        len(set(pids.values())) == len(wanted),
        command=command(*wanted),
        actual=f"{len(wanted)} 份工作，只有 {len(set(pids.values()))} 个 PID",
        expected="一份工作一个进程",
        hint="每一份工作都创建一个新的 Process。",
    )


def check_order(work: Work, wanted: list[Job], done: Finished) -> None:
    """All at the same time, and the parent waits for them."""
    events = re.findall(r"开始|全部结束|结束", done.stdout)
    work.step("它们是同时做的")
    pairs = ["开始", "结束"] * len(wanted)
    work.require(
        [event for event in events if event != "全部结束"] != pairs,
        command=command(*wanted),
        actual="开始一个，结束一个，再开始下一个",
        expected="先全部开始，再一个一个结束",
        hint="join 会等它结束。启动用一个循环，等待用另一个循环：先全部 start，再全部 join。",
    )
    work.step("父进程等齐了再走")
    work.require(
        events[-1:] == ["全部结束"],
        command=command(*wanted),
        actual="父进程说“全部结束”的时候，还有工作没有做完",
        expected="“全部结束”是最后一行",
        hint="对每一个进程都调用 join()，再打印最后一行。",
    )
