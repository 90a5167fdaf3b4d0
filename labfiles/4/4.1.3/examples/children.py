"""一个父进程，三个子进程，各做各的，用时不同；父进程等齐了才结束。"""

import os
import time
from multiprocessing import Process, Queue, parent_process

Report = tuple[str, int, int]
WORK = {"吃饭": 0.8, "睡觉": 1.2, "玩耍": 0.4}


def do(what: str, seconds: float, reports: "Queue[Report]") -> None:
    """做一件事，报告自己是谁、父亲是谁。"""
    print(f"{what}：我是 {os.getpid()}，父进程是 {os.getppid()}", flush=True)
    time.sleep(seconds)
    print(f"{what}：用 {seconds} 秒做完了", flush=True)
    parent = parent_process()
    reports.put((what, parent.pid if parent and parent.pid else 0, os.getpid()))


def main() -> None:
    """先全部启动，再全部等待：这样它们才是同时做的。"""
    reports: Queue[Report] = Queue()
    print("我是父进程，PID", os.getpid(), flush=True)
    children = [Process(target=do, args=(what, seconds, reports)) for what, seconds in WORK.items()]
    begun = time.monotonic()
    for child in children:
        child.start()
    told = [reports.get() for _ in children]
    for child in children:
        child.join()
    print(f"一共用了 {time.monotonic() - begun:.1f} 秒；一件一件做要 {sum(WORK.values()):.1f} 秒")
    # Python 3.14 起，系统里的父进程（getppid）是替我启动孩子的服务进程，所以这里问 multiprocessing
    print("三个孩子的父亲都是我：", {parent for _, parent, _ in told} == {os.getpid()})
    print("三个 PID 各不相同：", len({pid for _, _, pid in told}) == len(told))


if __name__ == "__main__":
    main()
