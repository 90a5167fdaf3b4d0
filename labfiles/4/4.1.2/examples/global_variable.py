"""子进程改了全局变量，父进程看到的还是原来的：两个进程各有一份。"""

import os
from multiprocessing import Process

a = 1


def change(parent: int) -> None:
    """在子进程里运行：先看，再改。"""
    global a
    print("子进程一开始看到 a =", a, flush=True)
    a = 10000
    print("子进程改成了 a =", a, flush=True)
    print(f"两个进程的 PID 不同：{os.getpid() != parent}", flush=True)


def main() -> None:
    """创建、启动、等待。"""
    print("启动子进程以前，父进程看到 a =", a, flush=True)
    child = Process(target=change, args=(os.getpid(),))
    child.start()
    child.join()
    print("子进程结束以后，父进程看到的还是 a =", a)


# 从 Python 3.14 起，子进程会把这个文件从头再读一遍：没有这一句，它就又要创建子进程，于是出错
if __name__ == "__main__":
    main()
