"""练习 4.1.3：一个父亲，几个孩子；记下每个孩子的父进程、PID 和退出码。

运行：python3 family.py
做完以后检查：lab check 4.1.3
"""

import os
import sys  # noqa: F401
import time
from multiprocessing import Process, SimpleQueue  # noqa: F401

Report = tuple[int, int, int]  # 编号，父进程，PID


def live(number: int, reports: "SimpleQueue[Report]") -> None:
    """孩子：报告自己的编号、父进程和 PID，再带着自己的编号退出。"""
    # TODO 1：把（自己的编号，父进程的 PID，自己的 PID）放进 reports：reports.put(…)
    time.sleep(0.5)  # 还要收拾一会儿东西
    # TODO 2：带着自己的编号退出，让父亲看到它


def collect(count: int) -> list[tuple[int, int, int | None]]:
    """父亲：启动 count 个孩子，编号从 0 开始；按编号返回每个孩子的（父进程，PID，退出码）。"""
    # TODO 3：创建 reports = SimpleQueue()，创建 count 个进程来做 live，全部启动
    # TODO 4：从 reports 里取出 count 份报告（谁先说不一定，按编号排好）
    # TODO 5：等每一个孩子结束，这时 child.exitcode 才是它的退出码
    return []


if __name__ == "__main__":
    print("父亲", os.getpid())
    for number, (parent, pid, code) in enumerate(collect(3)):
        print(f"孩子 {number}：父进程 {parent}，PID {pid}，退出码 {code}")
