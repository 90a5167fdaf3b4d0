"""并排比较线程和进程：启动时间、内存、变量。"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from multiprocessing import Process
from pathlib import Path
from threading import Thread
from typing import Any

COUNT = 10
changed = False


def live(ready: Any, leave: Any) -> None:
    """说一声“我好了”，然后等到可以走。"""
    ready.set()
    leave.wait()


def change() -> None:
    """改全局变量。"""
    global changed
    changed = True


def memory(pids: list[int]) -> int:
    """这些进程真正占用的内存（KiB）：几个进程共用的部分按人头分摊，叫做 PSS。"""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def measure(kind: Callable[..., Any], event: Callable[[], Any]) -> tuple[float, float]:
    """开 COUNT 个，返回启动一个要几毫秒（最快的一次）、每个多占几 KiB（平均）。"""
    before, leave = memory([os.getpid()]), event()
    workers, times = [], []
    for _ in range(COUNT):
        ready = event()
        worker = kind(target=live, args=(ready, leave), daemon=True)
        begun = time.perf_counter()
        worker.start()
        ready.wait()
        times.append((time.perf_counter() - begun) * 1000)
        workers.append(worker)
    pids = {os.getpid(), *(getattr(worker, "pid", os.getpid()) for worker in workers)}
    used = memory(list(pids)) - before
    leave.set()
    for worker in workers:
        worker.join()
    return min(times), used / COUNT


def main() -> None:
    """量时间和内存，再看变量。"""
    thread_ms, thread_kib = measure(Thread, threading.Event)
    process_ms, process_kib = measure(Process, multiprocessing.Event)
    print(f"各开 {COUNT} 个，每一个：")
    print(f"线程：启动 {thread_ms:7.2f} 毫秒，多占内存 {thread_kib:6.0f} KiB")
    print(f"进程：启动 {process_ms:7.2f} 毫秒，多占内存 {process_kib:6.0f} KiB")
    print(f"线程启动更快：{thread_ms < process_ms}")
    print(f"线程更省内存：{thread_kib < process_kib}")

    global changed
    for name, main_name, kind in ("线程", "主线程", Thread), ("进程", "主进程", Process):
        changed = False
        worker = kind(target=change)
        worker.start()
        worker.join()
        print(f"{name}改了变量以后，{main_name}看到 changed = {changed}")


if __name__ == "__main__":
    main()
