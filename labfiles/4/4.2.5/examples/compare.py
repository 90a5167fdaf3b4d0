"""GIL 实验：同样的工作，用 1 个线程、10 个线程、10 个进程，各要多久。"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

LIMIT = 100_000
SLICE = 10_000
WAIT = 0.1
WIDTH = 40
Work = Callable[[range], int]


def sum_of_primes(numbers: range) -> int:
    """计算的工作：一直占着处理器。"""
    return sum(number for number in numbers if is_prime(number))


def is_prime(number: int) -> bool:
    """试除法，故意不用更快的办法。"""
    if number < 2:
        return False
    divisor = 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 1
    return True


def wait_a_moment(numbers: range) -> int:
    """等待的工作：像等网络、等硬盘，不占处理器。"""
    time.sleep(WAIT)
    return len(numbers)


def measure(work: Work, slices: Sequence[range], pool: Executor | None) -> tuple[int, float]:
    """把工作分给池子（没有池子就自己一份一份做），返回结果之和与秒数。"""
    begun = time.perf_counter()
    total = sum(map(work, slices) if pool is None else pool.map(work, slices))
    return total, time.perf_counter() - begun


def experiment(work: Work) -> dict[str, tuple[int, float]]:
    """三种做法；池子先热身，量的只是工作本身。"""
    slices = [range(start + 1, start + SLICE + 1) for start in range(0, LIMIT, SLICE)]
    results = {"1 个线程": measure(work, slices, None)}
    pools: dict[str, Executor] = {
        "10 个线程": ThreadPoolExecutor(10),
        "10 个进程": ProcessPoolExecutor(10),
    }
    for name, pool in pools.items():
        with pool:
            list(pool.map(abs, range(10)))
            results[name] = measure(work, slices, pool)
    return results


def draw(rows: dict[str, float]) -> str:
    """返回条形图，最长的一条 WIDTH 格。"""
    longest = max(rows.values())
    return "\n".join(
        f"{name:<10} |{'█' * max(1, round(seconds / longest * WIDTH))} {seconds:.2f} 秒"
        for name, seconds in rows.items()
    )


def svg(rows: dict[str, float]) -> str:
    """返回同一张图的 SVG，可以用浏览器打开。"""
    longest = max(rows.values())
    bars = "".join(
        f'<text x="150" y="{y + 18}" text-anchor="end">{name}</text>'
        f'<rect x="160" y="{y}" width="{seconds / longest * 380:.0f}" height="24" fill="{colour}"/>'
        f'<text x="{166 + seconds / longest * 380:.0f}" y="{y + 18}">{seconds:.2f} 秒</text>'
        for y, (name, seconds), colour in zip(
            range(20, 20 + 40 * len(rows), 40),
            rows.items(),
            ["#3b6ea5"] * 3 + ["#d9822b"] * 3,
            strict=True,
        )
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="{40 * len(rows) + 30}" '
        f'font-family="sans-serif" font-size="15">{bars}</svg>\n'
    )


def main() -> None:
    """量、列表、画图；给一个文件名就把图也存成 SVG。"""
    chart: dict[str, float] = {}
    print(f"Python {sys.version.split()[0]}，处理器 {os.cpu_count()} 个")
    kinds: list[tuple[str, str, Work]] = [
        ("计算", f"1 到 {LIMIT} 里的质数之和", sum_of_primes),
        ("等待", f"等 10 次，每次 {WAIT} 秒", wait_a_moment),
    ]
    for kind, title, work in kinds:
        results = experiment(work)
        print(f"\n{kind}：{title}")
        for name, (total, seconds) in results.items():
            print(f"  {name}  结果 {total} ，用了 {seconds:.2f} 秒")
            chart[f"{kind} {name}"] = seconds
    faster = chart["等待 10 个线程"] < chart["等待 1 个线程"]
    print("\n等待的工作，10 个线程比 1 个线程快：", faster)
    print(draw(chart))
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(svg(chart), encoding="utf-8")
        print("图存成了", sys.argv[1])


if __name__ == "__main__":
    main()
