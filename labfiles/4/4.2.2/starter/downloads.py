"""练习 4.2.2：几个文件一起下载，用线程把等待的时间叠在一起。

运行：python3 downloads.py
做完以后检查：lab check 4.2.2
"""

import time
from collections.abc import Callable
from threading import Thread  # noqa: F401


def fetch(name: str) -> str:
    """下载一个文件：大部分时间在等；返回内容。"""
    time.sleep(0.5)
    return f"{name} 的内容"


def fetch_all(names: list[str], fetch: Callable[[str], str]) -> list[str]:
    """每个名字用一个线程去 fetch，一起等；返回全部内容，次序和 names 一样。"""
    contents = [""] * len(names)
    # TODO 1：写一个小函数：下载一个名字，把内容放到 contents 里它自己的位置上
    # TODO 2：每个名字创建一个线程来做它，全部启动
    # TODO 3：等每一个线程结束
    return contents


if __name__ == "__main__":
    begun = time.monotonic()
    print(*fetch_all(["甲", "乙", "丙", "丁"], fetch), sep="\n")
    print(f"一共 {time.monotonic() - begun:.1f} 秒；一个一个下载，要 2.0 秒")
