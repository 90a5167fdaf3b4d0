"""并排比较进程和线程：启动时间、内存、变量。"""

import os
import time
from multiprocessing import Event as ProcessEvent
from multiprocessing import Process
from pathlib import Path
from threading import Event as ThreadEvent
from threading import Thread
from typing import Protocol

COUNT = 10
changed = False


class Flag(Protocol):
    """两种 Event 共有的本事。"""

    def set(self) -> None: ...

    def wait(self, timeout: "float | None" = None) -> bool: ...


def live(ready: Flag, leave: Flag) -> None:
    """说一声“我好了”，然后等到可以走。"""
    ready.set()
    leave.wait()


def change() -> None:
    """改全局变量。"""
    global changed
    changed = True


def memory(pids: list[int]) -> int:
    """返回这些进程真正占用的内存（KiB）：共用的部分按人头分摊（PSS）。"""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def processes() -> tuple[float, float]:
    """开 COUNT 个进程，返回每个平均的毫秒和 KiB。"""
    before, leave = memory([os.getpid()]), ProcessEvent()
    readies = [ProcessEvent() for _ in range(COUNT)]
    children = [Process(target=live, args=(ready, leave)) for ready in readies]
    begun = time.perf_counter()
    for child, ready in zip(children, readies, strict=True):
        child.start()
        ready.wait()
    took = time.perf_counter() - begun
    used = memory([os.getpid(), *(child.pid for child in children if child.pid)]) - before
    leave.set()
    for child in children:
        child.join()
    return took / COUNT * 1000, used / COUNT


def threads() -> tuple[float, float]:
    """开 COUNT 个线程，返回每个平均的毫秒和 KiB。"""
    before, leave = memory([os.getpid()]), ThreadEvent()
    readies = [ThreadEvent() for _ in range(COUNT)]
    children = [Thread(target=live, args=(ready, leave)) for ready in readies]
    begun = time.perf_counter()
    for child, ready in zip(children, readies, strict=True):
        child.start()
        ready.wait()
    took = time.perf_counter() - begun
    used = memory([os.getpid()]) - before
    leave.set()
    for child in children:
        child.join()
    return took / COUNT * 1000, used / COUNT


def main() -> None:
    """量两遍，比三样。"""
    thread_ms, thread_kib = threads()
    process_ms, process_kib = processes()
    print(f"开 {COUNT} 个，每个平均：")
    print(f"  进程  启动 {process_ms:8.2f} 毫秒  多占 {process_kib:8.0f} KiB")
    print(f"  线程  启动 {thread_ms:8.2f} 毫秒  多占 {thread_kib:8.0f} KiB")
    print("线程启动更快：", thread_ms < process_ms)
    print("线程更省内存：", thread_kib < process_kib)
    child = Process(target=change)
    child.start()
    child.join()
    print("进程改变量，主进程看得见：", changed)
    thread = Thread(target=change)
    thread.start()
    thread.join()
    print("线程改变量，主线程看得见：", changed)


if __name__ == "__main__":
    main()
