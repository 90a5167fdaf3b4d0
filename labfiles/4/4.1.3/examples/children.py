"""一个父进程，三个子进程，各做各的，用时不同；父进程等齐了才结束。"""

import os
import time
from multiprocessing import Process, SimpleQueue, get_start_method, parent_process

Report = tuple[int, int, int]
WORK = {"吃饭": 0.8, "睡觉": 1.2, "玩耍": 0.4}


def do(what: str, seconds: float, reports: "SimpleQueue[Report]") -> None:
    """做一件事，报告：我的 PID、系统说的父进程、创建我的进程。"""
    print(f"{what}：我是 {os.getpid()}，getppid 是 {os.getppid()}", flush=True)
    time.sleep(seconds)
    print(f"{what}：用了 {seconds} 秒，做完了", flush=True)
    creator = parent_process()
    reports.put((os.getpid(), os.getppid(), creator.pid or 0 if creator else 0))


def main() -> None:
    """先全部启动，再全部等待：这样它们才是同时做的。"""
    print("我是父进程，PID", os.getpid(), flush=True)
    reports: SimpleQueue[Report] = SimpleQueue()
    children = [Process(target=do, args=(what, seconds, reports)) for what, seconds in WORK.items()]
    begun = time.monotonic()
    for child in children:
        child.start()
    for child in children:
        child.join()
    took, alone = time.monotonic() - begun, sum(WORK.values())
    print(f"三个孩子都等到了，一共 {took:.1f} 秒；一件一件做，至少要 {alone:.1f} 秒")

    told = [reports.get() for _ in children]
    pids, parents = {report[0] for report in told}, {report[1] for report in told}
    print("三个孩子的 PID 各不相同：", len(pids) == len(children), sep="")
    print("三个孩子的 getppid 相同：", len(parents) == 1, sep="")
    print("三个孩子的父亲都是我：", all(report[2] == os.getpid() for report in told), sep="")
    if os.getpid() not in parents:
        print(f"（启动方式是 {get_start_method()}：getppid 是替我生孩子的服务进程，见实验说明）")


if __name__ == "__main__":
    main()
