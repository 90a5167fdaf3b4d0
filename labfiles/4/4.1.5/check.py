"""Checks 4.1.5: numbers handed to several consumers through a queue, every one worked on once, all ended."""

from __future__ import annotations

from typing import Any

from lab.checking import Work
from lab.checking.history import History, living, together
from lab.checking.work import RESULT

COUNT = 40
# Where processes are forked, consumers begin late, so that the queue fills, and end late, the first or the last one later
# still: who does not wait for it is seen. Elsewhere a child finds the function as the student wrote it.
BEFORE = """
import multiprocessing, time
consume = getattr(pipeline, "consume", None)

def consume_and_linger(*args, **named):
    time.sleep(0.2)
    consume(*args, **named)
    time.sleep(0.6 if multiprocessing.current_process()._identity[-1] == {late} else 0.1)

if consume:
    consume_and_linger.__module__, consume_and_linger.__qualname__ = "pipeline", "consume"
    pipeline.consume = consume_and_linger
"""


def check(work: Work) -> None:
    """Run it with several consumers twice: the last one ends late, then the first one does."""
    rng = work.rng("numbers")
    few, many = sorted(rng.sample(range(3, 7), 2))
    check_run(work, rng.sample(range(10, 1000), COUNT), few, few)
    check_run(work, rng.sample(range(10, 1000), COUNT), many, 1)


def check_run(work: Work, numbers: list[int], consumers: int, late: int) -> None:
    """Look at the answers, and at what the kernel saw of the consumers."""
    expected = f"run(…, {consumers}) 返回 {COUNT} 个（PID，数，平方），一个进程也不留下"
    command = f"pipeline.run([{numbers[0]}, {numbers[1]}, …], {consumers})"
    work.step(f"生产者和 {consumers} 个消费者都干净地结束")
    with work.start_evaluation(
        "pipeline",
        f"pipeline.run({numbers}, {consumers})",
        before=BEFORE.format(late=late),
        shown=f"print({command})",
        seconds=8,
        recorded=True,
    ) as program:
        found = work.result(
            program,
            expected,
            hint="谁在等？有几个消费者，就要放几个结束的记号，一人一个，都放在数的后面；"
            "消费者取到记号就离开循环。答案要先取完，再 join。",
        )
        history = program.history()
    work.require(
        isinstance(found, list)
        and all(
            isinstance(one, list) and [type(part) for part in one] == [int] * 3 for one in found
        ),
        command=command,
        actual=f"返回了 {str(found)[:200]}",
        expected=expected,
        hint="返回一个列表，每个数一项：(PID, 数, 平方)。",
    )
    check_answers(work, numbers, found, command)
    check_consumers(work, consumers, {pid for pid, _, _ in found}, history, command)


def check_answers(work: Work, numbers: list[int], found: list[Any], command: str) -> None:
    """Each number once, and right."""
    work.step("每个数都有一个答案，正好一个")
    given = sorted(number for _, number, _ in found)
    missing = sorted(set(numbers) - set(given))
    twice = sorted({number for number in given if given.count(number) > 1})
    hint = "消费者结束得太早了吗？结束的记号要放在所有的数后面；不要用 empty() 判断做完没有。"
    if twice:
        hint = "每个数只 put 一次，每个数只 get 一次。"
    work.require(
        not missing and not twice and len(given) == COUNT,
        command=command,
        actual=f"{COUNT} 个数，得到 {len(given)} 个答案"
        + (f"，没有 {missing[0]} 的" if missing else "")
        + (f"，{twice[0]} 有两个" if twice else ""),
        expected=f"{COUNT} 个答案，一个数一个",
        hint=hint,
    )
    wrong = [(number, square) for _, number, square in found if square != number * number]
    work.require(
        not wrong,
        command=command,
        actual=f"{wrong[0][0]} 的平方写成了 {wrong[0][1]}" if wrong else "",
        expected="数乘它自己",
        hint="答案是（os.getpid()，number，number * number）。",
    )


def check_consumers(work: Work, count: int, pids: set[int], history: History, command: str) -> None:
    """As many as asked for, at the same time, all at work, all waited for."""
    consumers = history.workers()
    here = history.main.number
    work.step("是几个消费者一起做的")
    hint = "每个消费者都要启动；生产者不要自己调用 consume。"
    if len(pids) == 1:
        hint = "只有一个进程在干活：要先启动全部的消费者，再放数；start 以后不要马上 join。"
    work.require(
        len(consumers) == count == together(consumers),
        command=command,
        actual=f"系统看到 {len(consumers)} 个子进程，最多 {together(consumers)} 个同时活着",
        expected=f"{count} 个消费者，一起做",
        hint=hint,
    )
    work.require(
        here not in pids and len(pids) > 1,
        command=command,
        actual=f"干活的进程有 {len(pids)} 个：{sorted(pids)}，生产者是 {here}",
        expected=f"{count} 个消费者分着做，生产者自己不做",
        hint=hint,
    )
    invented = sorted(pids - {consumer.number for consumer in consumers})
    work.require(
        not invented,
        command=command,
        actual=f"没有 PID 是 {invented} 的消费者",
        expected="答案里的 PID 是取到这个数的那个消费者",
        hint="os.getpid() 在 consume 里问，由取到这个数的消费者自己问。",
    )
    work.step("消费者都结束了，才返回答案")
    returned = history.said(here, RESULT) or 0
    late = [consumer.number for consumer in living(consumers, returned)]
    work.require(
        not late,
        command=command,
        actual=f"返回的时候，消费者 {late} 还没有结束",
        expected="每个消费者都结束以后才返回",
        hint="对每一个消费者都调用 join()，再 return。",
    )
    check_queue(work, history, command)


def check_queue(work: Work, history: History, command: str) -> None:
    """Numbers travel by the thread that feeds the queue; with room for five the first answer comes before the last one."""
    work.step("队列里最多放 5 个")
    here = history.main.number
    owners = {life.number: life.process for life in history.lives}
    sent = [
        write.at
        for write in history.writes
        if owners[write.thread] == here and write.thread != here and write.target > 2
    ]
    answered = [
        write.at for write in history.writes if owners[write.thread] != here and write.target > 2
    ]
    early = sum(at < min(answered, default=0) for at in sent)
    work.require(
        early < COUNT,
        command=command,
        actual=f"第一个答案还没有来，{COUNT} 个数已经都在队列里了",
        expected="放了 5 个，没有人取，就等一等",
        hint="tasks = Queue(5)：满了，put 就等有人取走。",
    )
