"""Checks 4.2.5: computing done by several processes, waiting by several threads; told by deeds, never by a watch."""

from __future__ import annotations

from typing import Any, Final

from lab.checking import Work
from lab.checking.history import together

# How many the starter asks for.
WORKERS: Final = 4
# Downloads that wait until WORKERS of them are under way, and then a little for one too many. What they return cannot be
# guessed. A process of a pool may find the module as the student wrote it.
BEFORE: Final = """
import os, threading
inside, most = 0, 0
state = threading.Condition()
alone = threading.Event()

def download(name):
    global inside, most
    with state:
        inside += 1
        most = max(most, inside)
        state.notify_all()
        if not state.wait_for(lambda: most >= models.WORKERS or alone.is_set(), 2):
            alone.set()
    alone.wait(0.2)
    with state:
        inside -= 1
    return os.getpid(), threading.get_ident(), f"{name} {secret}"

download.__module__ = "models"
models.download = download
"""


def check(work: Work) -> None:
    """Look who did the work."""
    rng = work.rng("work")
    check_counting(work, [rng.randrange(20_000, 40_000) for _ in range(9)])
    check_downloading(
        work,
        [f"文件{n}" for n in rng.sample(range(10, 100), 9)],
        f"的内容 {rng.randrange(1000, 10000)}",
    )


def primes(last: int) -> int:
    """Return how many primes there are up to a number."""
    sieve = bytearray([0, 0]) + bytearray([1]) * (last - 1)
    for n in range(2, int(last**0.5) + 1):
        if sieve[n]:
            sieve[n * n :: n] = bytes(len(range(n * n, last + 1, n)))
    return sum(sieve)


def all_of(answers: Any, kinds: list[type]) -> bool:
    """Say whether it is a list of tuples of these kinds, as JSON shows them."""
    return isinstance(answers, list) and all(
        isinstance(one, list) and [type(part) for part in one] == kinds for one in answers
    )


def check_counting(work: Work, lasts: list[int]) -> None:
    """As many processes as WORKERS says, by the kernel's record."""
    command = f"models.count_all({lasts})"
    work.step("计算：结果都在，次序不变")
    with work.start_evaluation(
        "models",
        f"[models.WORKERS, models.count_all({lasts})]",
        shown=f"print({command})",
        seconds=20,
        recorded=True,
    ) as program:
        program.hold_workers(WORKERS)
        workers, answers = work.result(
            program,
            expected="返回一个列表，每个数一项",
            hint="用 with 打开池子，return list(pool.map(count_primes, lasts))：离开 with 的时候，它会等全部做完。",
        )
        history = program.history()
    work.require(
        all_of(answers, [int, int]) and [found for _, found in answers] == [*map(primes, lasts)],
        command=command,
        actual=f"返回了 {str(answers)[:300]}",
        expected="每个数一项（PID，个数），次序和参数一样",
        hint="pool.map 的次序就是参数的次序；list(…) 取出全部结果。",
    )
    pids = {pid for pid, _ in answers}
    here = history.main.number
    children = history.workers()
    work.step("计算：用的是几个进程")
    work.require(
        here not in pids,
        command=command,
        actual="全是同一个进程里算的" if pids == {here} else "有一部分是父进程自己算的",
        expected="别的进程来算",
        hint="线程要轮流拿 GIL，一直在算的工作用几个线程也快不了：这里用 ProcessPoolExecutor。",
    )
    invented = sorted(pids - {child.number for child in children})
    work.require(
        not invented,
        command=command,
        actual=f"系统没有看到 PID 是 {invented} 的子进程",
        expected="结果里的 PID 是算它的那个子进程",
        hint="count_primes 自己会问 os.getpid()：把它交给池子，结果照原样返回。",
    )
    most = together(children)
    work.require(
        most == workers and len(pids) > 1,
        command=command,
        actual=f"最多 {most} 个子进程同时活着，{len(pids)} 个在算",
        expected=f"WORKERS（{workers}）个进程分着算",
        hint="池子里放几个？ProcessPoolExecutor(WORKERS)。一次交一个、等到了再交下一个，也只有一个在算：用 map 一次交齐。",
    )


def check_downloading(work: Work, names: list[str], secret: str) -> None:
    """As many threads of the same process as WORKERS says, all waiting at the same time."""
    command = f"models.download_all({names})"
    work.step("下载：内容都在，次序不变")
    here, workers, most, answers = work.evaluate(
        "models",
        f"(lambda answers: [os.getpid(), models.WORKERS, most, answers])(models.download_all({names}))",
        expected="返回一个列表，每个名字一项",
        hint="用 with 打开池子，return list(pool.map(download, names))。",
        before=BEFORE.replace("{secret}", secret),
        shown=f"print({command})",
        seconds=20,
    )
    well_formed = all_of(answers, [int, int, str])
    pids = {pid for pid, _, _ in answers} if well_formed else {here}
    work.require(
        well_formed and [text.partition(" ")[0] for _, _, text in answers] == names,
        command=command,
        actual=f"返回了 {str(answers)[:300]}",
        expected="每个名字一项（PID，线程编号，内容），次序和参数一样",
        hint="pool.map 的次序就是参数的次序；list(…) 取出全部结果。",
    )
    work.step("下载：用的是几个线程")
    work.require(
        pids == {here},
        command=command,
        actual="是别的进程下载的",
        expected="同一个进程里的几个线程",
        hint="大多在等的工作不用进程：进程启动慢，占的内存多。这里用 ThreadPoolExecutor。",
    )
    work.require(
        [text for _, _, text in answers] == [f"{name} {secret}" for name in names],
        command=command,
        actual=f"内容不是 download 返回的：{answers[0][2]}",
        expected="每个名字都交给 download，结果照原样返回",
        hint="内容要从 download(name) 来，不能自己拼。",
    )
    work.require(
        most == workers,
        command=command,
        actual="只有一个线程在下载，一个等完再等下一个"
        if most == 1
        else f"最多 {most} 个同时在下载",
        expected=f"WORKERS（{workers}）个线程一起等",
        hint="ThreadPoolExecutor(WORKERS) 里有几个线程；用 map 一次交齐，它们就一起等。",
    )
