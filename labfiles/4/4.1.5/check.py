"""Checks 4.1.5: numbers handed to several consumers through a queue, every one worked on once, all ended."""

from __future__ import annotations

from lab.checking import Work

COUNT = 40


def check(work: Work) -> None:
    """Run it with several consumers and look who did what."""
    rng = work.rng("numbers")
    consumers = rng.randint(3, 4)
    numbers = rng.sample(range(10, 1000), COUNT)
    expected = f"run(…, {consumers}) 返回 {COUNT} 个（PID，数，平方），一个进程也不留下"
    work.step("生产者和消费者都干净地结束")
    here, found = work.evaluate(
        "pipeline",
        f"[__import__('os').getpid(), pipeline.run({numbers}, {consumers})]",
        expected=expected,
        hint="谁在等？有几个消费者，就要放几个结束的记号，一人一个，都放在数的后面；"
        "消费者取到记号就离开循环。答案要先取完，再 join。",
        seconds=8,
    )
    command = f"pipeline.run([{numbers[0]}, {numbers[1]}, …], {consumers})"
    well_formed = isinstance(found, list) and all(
        isinstance(one, list) and len(one) == 3 for one in found
    )
    work.require(
        well_formed,
        command=command,
        actual=f"返回了 {str(found)[:200]}",
        expected=expected,
        hint="返回一个列表，每个数一项：(PID, 数, 平方)。",
    )
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
    work.step("是几个消费者一起做的")
    pids = {pid for pid, _, _ in found}
    hint = "每个消费者都要启动；生产者不要自己调用 consume。"
    if len(pids) == 1:
        hint = "只有一个进程在干活：要先启动全部的消费者，再放数；start 以后不要马上 join。"
    work.require(
        here not in pids and 1 < len(pids) <= consumers,
        command=command,
        actual=f"干活的进程有 {len(pids)} 个：{sorted(pids)}，生产者是 {here}",
        expected=f"{consumers} 个消费者分着做，生产者自己不做",
        hint=hint,
    )
