"""一个线程改了全局变量，别的线程都看得见：它们在同一个进程里，用的是同一份。"""

import os
from threading import Thread

a = 1


def change(pids: list[int]) -> None:
    """线程甲：先看，再改。"""
    global a
    print("线程甲一开始看到 a =", a, flush=True)
    a = 10000
    print("线程甲改成了 a =", a, flush=True)
    pids.append(os.getpid())


def look(pids: list[int]) -> None:
    """线程乙：只看。"""
    print("线程乙看到 a =", a, flush=True)
    pids.append(os.getpid())


def main() -> None:
    """创建、启动、等待，写法和 Process 一样。"""
    pids = [os.getpid()]
    print("启动线程以前，主线程看到 a =", a, flush=True)
    for target in (change, look):
        thread = Thread(target=target, args=(pids,))  # 交给线程的列表，也是同一个列表
        thread.start()
        thread.join()
    print("主线程看到的也是 a =", a)
    print("进程号：", *pids)
    print("三个线程的进程号相同：", len(set(pids)) == 1, sep="")


if __name__ == "__main__":
    main()
