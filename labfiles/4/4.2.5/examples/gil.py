"""GIL 实验：同样的工作，用 1 个线程、10 个线程、10 个进程，各要多久。

后面给一个文件名（例如 gil.svg），就把条形图也存成图片。
"""

import multiprocessing
import os
import queue
import sys
import time
from collections.abc import Callable
from math import isqrt
from multiprocessing import Process
from pathlib import Path
from threading import Thread
from typing import Any

SLICE, LIMIT = 10_000, 100_000
SLICES = [range(start, start + SLICE) for start in range(1, LIMIT, SLICE)]
WAIT = 0.2  # 等一次用几秒
WIDTH = 40  # 条形图最长的一条有几格

Work = Callable[[range], int]
# 做法的名字：工人是线程还是进程，交结果的队列，工人的数目
WAYS: dict[str, tuple[Callable[..., Any], Callable[[], Any], int]] = {
    " 1 个线程": (Thread, queue.SimpleQueue, 1),
    "10 个线程": (Thread, queue.SimpleQueue, 10),
    "10 个进程": (Process, multiprocessing.SimpleQueue, 10),
}


def is_prime(number: int) -> bool:
    """试除法；故意找到约数也不停，多算一些，时间才看得清楚。"""
    divisors = 0
    for divisor in range(2, isqrt(number) + 1):
        if number % divisor == 0:
            divisors += 1
    return number > 1 and divisors == 0


def add_primes(numbers: range) -> int:
    """计算的工作：一直占着处理器。"""
    return sum(number for number in numbers if is_prime(number))


def wait(numbers: range) -> int:
    """等待的工作：像等网络、等硬盘，不占处理器。"""
    time.sleep(WAIT)
    return 1


def do(work: Work, slices: list[range], results: Any) -> None:
    """一个工人：把分给自己的几段做完，交出结果。"""
    results.put(sum(work(numbers) for numbers in slices))


def measure(work: Work, way: str) -> tuple[float, int]:
    """把 10 段工作分给工人，返回用了几秒、结果之和。"""
    worker, make_queue, count = WAYS[way]
    results = make_queue()
    workers = [worker(target=do, args=(work, SLICES[i::count], results)) for i in range(count)]
    begun = time.perf_counter()
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    return time.perf_counter() - begun, sum(results.get() for _ in workers)


def compare(kind: str, title: str, work: Work) -> dict[str, float]:
    """三种做法各做一次，打印表格，返回各用了几秒。"""
    print(f"{kind}：{title}", flush=True)
    times, totals = {}, set()
    for way in WAYS:
        seconds, total = measure(work, way)
        print(f"  {way}  {seconds:6.2f} 秒  结果 {total}", flush=True)
        times[f"{kind} {way}"] = seconds
        totals.add(total)
    print(f"  三次结果相同：{len(totals) == 1}\n", flush=True)
    return times


def bars(times: dict[str, float]) -> str:
    """返回用文字画的条形图。"""
    scale = WIDTH / max(times.values())
    return "\n".join(
        f"{way} │{'█' * max(1, round(seconds * scale))} {seconds:.2f} 秒"
        for way, seconds in times.items()
    )


def svg(times: dict[str, float]) -> str:
    """返回同一张图的 SVG，用浏览器打开。"""
    scale = 400 / max(times.values())
    rows = [
        f'<text x="130" y="{y + 20}" text-anchor="end">{way}</text>'
        f'<rect x="140" y="{y}" width="{seconds * scale:.0f}" height="28" fill="{colour}"/>'
        f'<text x="{148 + seconds * scale:.0f}" y="{y + 20}">{seconds:.2f} 秒</text>'
        for y, (way, seconds), colour in zip(
            range(10, 10 + 40 * len(times), 40),
            times.items(),
            ["#c0612b"] * len(WAYS) + ["#2f6f9f"] * len(WAYS),
            strict=True,
        )
    ]
    size = f'width="640" height="{40 * len(times) + 10}"'
    style = 'font-family="sans-serif" font-size="16"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{"".join(rows)}</svg>\n'


def main() -> None:
    """量两种工作，列表，画图。"""
    version = sys.version.split()[0]
    print(f"Python {version}，处理器 {len(os.sched_getaffinity(0))} 个", flush=True)
    print("10 个进程的时间里，也有启动它们的时间\n", flush=True)
    measure(len, "10 个进程")  # 热身：第一次开进程要作些准备，不算在里面

    times = compare("计算", f"1 到 {LIMIT} 里的质数之和", add_primes)
    times |= compare("等待", f"{len(SLICES)} 次，每次 {WAIT} 秒", wait)
    faster = times["等待 10 个线程"] < times["等待  1 个线程"]
    print(f"等待的工作，10 个线程比 1 个线程快：{faster}\n")
    print(bars(times))
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(svg(times), encoding="utf-8")
        print("图存成了", sys.argv[1])


if __name__ == "__main__":
    main()
