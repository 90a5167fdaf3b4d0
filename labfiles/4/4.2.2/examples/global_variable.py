"""线程改了全局变量，主线程也看得见：它们在同一个进程里，用的是同一份。"""

import os
from threading import Thread

a = 1
seen_pid = 0


def change() -> None:
    """在另一个线程里运行。"""
    global a, seen_pid
    print("线程一开始看到 a =", a)
    a = 10000
    seen_pid = os.getpid()
    print("线程改成 a =", a, "，进程号", seen_pid)


def main() -> None:
    """创建、启动、等待，写法和 Process 一样。"""
    thread = Thread(target=change)
    thread.start()
    thread.join()
    print("主线程看到的也是 a =", a, "，进程号", os.getpid())
    print("进程号相同：", seen_pid == os.getpid())


if __name__ == "__main__":
    main()
