"""Checks 4.2.5: computing done by several processes, waiting by several threads; told by numbers, never by a watch."""

from __future__ import annotations

from lab.checking import Work


def check(work: Work) -> None:
    """Look who did the work."""
    rng = work.rng("work")
    check_counting(work, [rng.randrange(20_000, 40_000) for _ in range(8)])
    check_downloading(work, [f"文件{n}" for n in rng.sample(range(10, 100), 8)])


def check_counting(work: Work, lasts: list[int]) -> None:
    """Several processes, none of them the parent."""
    command = f"models.count_all({lasts})"
    work.step("计算：结果都在，次序不变")
    here, answers, single = work.evaluate(
        "models",
        f"[__import__('os').getpid(), models.count_all({lasts}), [models.count_primes(n)[1] for n in {lasts}]]",
        expected="返回一个列表，每个数一项",
        hint="用 with 打开池子，return list(pool.map(count_primes, lasts))：离开 with 的时候，它会等全部做完。",
        shown=f"print({command})",
        seconds=20,
    )
    well_formed = isinstance(answers, list) and [one[1:] for one in answers] == [
        [n] for n in single
    ]
    work.require(
        well_formed,
        command=command,
        actual=f"返回了 {str(answers)[:300]}",
        expected="每个数一项（PID，个数），次序和参数一样",
        hint="pool.map 的次序就是参数的次序；list(…) 取出全部结果。",
    )
    pids = {pid for pid, _ in answers}
    work.step("计算：用的是几个进程")
    work.require(
        here not in pids,
        command=command,
        actual="全是同一个进程里算的" if pids == {here} else "有一部分是父进程自己算的",
        expected="别的进程来算",
        hint="线程要轮流拿 GIL，一直在算的工作用几个线程也快不了：这里用 ProcessPoolExecutor。",
    )
    work.require(
        len(pids) > 1,
        command=command,
        actual="只有一个进程在算",
        expected="几个进程分着算",
        hint="池子里放几个？ProcessPoolExecutor(WORKERS)。一次交一个、等到了再交下一个，也只有一个在算：用 map 一次交齐。",
    )


def check_downloading(work: Work, names: list[str]) -> None:
    """Several threads of the same process."""
    command = f"models.download_all({names})"
    work.step("下载：内容都在，次序不变")
    here, answers = work.evaluate(
        "models",
        f"[__import__('os').getpid(), models.download_all({names})]",
        expected="返回一个列表，每个名字一项",
        hint="用 with 打开池子，return list(pool.map(download, names))。",
        shown=f"print({command})",
        seconds=20,
    )
    well_formed = isinstance(answers, list) and [one[2] for one in answers] == [
        f"{name} 的内容" for name in names
    ]
    work.require(
        well_formed,
        command=command,
        actual=f"返回了 {str(answers)[:300]}",
        expected="每个名字一项（PID，线程编号，内容），次序和参数一样",
        hint="pool.map 的次序就是参数的次序；list(…) 取出全部结果。",
    )
    work.step("下载：用的是几个线程")
    work.require(
        {pid for pid, _, _ in answers} == {here},
        command=command,
        actual="是别的进程下载的",
        expected="同一个进程里的几个线程",
        hint="大多在等的工作不用进程：进程启动慢，占的内存多。这里用 ThreadPoolExecutor。",
    )
    threads = {ident for _, ident, _ in answers}
    work.require(
        len(threads) > 1,
        command=command,
        actual="只有一个线程在下载，一个等完再等下一个",
        expected="几个线程一起等",
        hint="ThreadPoolExecutor(WORKERS) 里有几个线程；用 map 一次交齐，它们就一起等。",
    )
