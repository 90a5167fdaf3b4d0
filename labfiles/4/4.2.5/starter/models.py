"""练习 4.2.5：两种工作，各选一种做法：一种一直在算，一种大多在等。

运行：python3 models.py
做完以后检查：lab check 4.2.5
"""

import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor  # noqa: F401

WORKERS = 4


def count_primes(last: int) -> tuple[int, int]:
    """一直在算：last 以内有几个质数。返回（做这件事的进程的 PID，个数）。"""
    found = sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, last + 1))
    return os.getpid(), found


def download(name: str) -> tuple[int, int, str]:
    """大多在等：下载一个文件。返回（进程的 PID，线程的编号，内容）。"""
    time.sleep(0.2)
    return os.getpid(), threading.get_ident(), f"{name} 的内容"


def count_all(lasts: list[int]) -> list[tuple[int, int]]:
    """对每个数做 count_primes，WORKERS 个一起做；次序不变。"""
    # TODO 1：现在是一个一个地算。这种工作应该用线程池，还是进程池？
    return [count_primes(last) for last in lasts]


def download_all(names: list[str]) -> list[tuple[int, int, str]]:
    """对每个名字做 download，WORKERS 个一起做；次序不变。"""
    # TODO 2：现在是一个一个地等。这种工作应该用线程池，还是进程池？
    return [download(name) for name in names]


if __name__ == "__main__":
    begun = time.monotonic()
    print(count_all([100_000] * 4))
    print(f"计算用了 {time.monotonic() - begun:.1f} 秒")
    begun = time.monotonic()
    print(download_all(["甲", "乙", "丙", "丁"]))
    print(f"下载用了 {time.monotonic() - begun:.1f} 秒")
