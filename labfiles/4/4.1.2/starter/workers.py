"""练习 4.1.2：一个函数，几个进程：每个进程做一份自己的加法。

运行：python3 workers.py 甲:1:10 乙:5:50:5
做完以后检查：lab check 4.1.2
"""

import os
import sys
import time
from multiprocessing import Process  # noqa: F401


def add(name: str, first: int, last: int, step: int = 1) -> None:
    """从 first 加到 last（包括 last），每隔 step 一个；开始和结束时各打印一行。"""
    print(f"{name} 开始 {os.getpid()}", flush=True)
    time.sleep(1)
    total = sum(range(first, last + 1, step))
    print(f"{name} 结束 {total}", flush=True)


def read(word: str) -> tuple[tuple[str, int, int], dict[str, int]]:
    """读一份工作，例如 乙:5:50:5；返回按位置给的参数和按名字给的参数。"""
    name, first, last, *rest = word.split(":")
    return (name, int(first), int(last)), {"step": int(rest[0])} if rest else {}


def main() -> None:
    """命令行上的每一份工作用一个进程，同时做；都结束了再打印最后一行。"""
    print(f"父进程 {os.getpid()}", flush=True)
    for word in sys.argv[1:]:
        values, named = read(word)
        print("还没有做：", values, named)
        # TODO 1：把上面这一行换成：创建一个进程来做 add，参数 values 按位置给，named 按名字给
        # TODO 2：启动它，记在一个列表里
    # TODO 3：全部启动以后，等每一个进程结束
    print("全部结束", flush=True)


if __name__ == "__main__":
    main()
