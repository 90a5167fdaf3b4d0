"""练习 4.1.3：一个父亲，几个孩子；记下每个孩子的父进程、PID 和退出码。

运行：python3 family.py
做完以后检查：lab check 4.1.3
"""

import os
import sys
import time
from multiprocessing import Process, SimpleQueue

Report = tuple[int, int, int]  # 编号，父进程，PID


def live(number: int, reports: "SimpleQueue[Report]") -> None:
    """孩子：报告自己的编号、父进程和 PID，再带着自己的编号退出。"""
    reports.put((number, os.getppid(), os.getpid()))
    time.sleep(0.5)  # 还要收拾一会儿东西
    sys.exit(number)


def collect(count: int) -> list[tuple[int, int, int | None]]:
    """父亲：启动 count 个孩子，编号从 0 开始；按编号返回每个孩子的（父进程，PID，退出码）。"""
    reports: SimpleQueue[Report] = SimpleQueue()
    children = [Process(target=live, args=(number, reports)) for number in range(count)]
    for child in children:
        child.start()
    told = sorted(reports.get() for _ in children)
    for child in children:
        child.join()
    return [(parent, pid, children[number].exitcode) for number, parent, pid in told]


if __name__ == "__main__":
    print("父亲", os.getpid())
    for number, (parent, pid, code) in enumerate(collect(3)):
        print(f"孩子 {number}：父进程 {parent}，PID {pid}，退出码 {code}")
