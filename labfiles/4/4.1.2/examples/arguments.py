"""给子进程的函数传参数：args 按位置，kwargs 按名字；daemon=True 的进程跟着主进程结束。"""

import time
from multiprocessing import Process


def worker(name: str, tenths: int, how: str) -> None:
    """用十分之几秒做一件事。"""
    print(f"{name} 要 {tenths} 秒的十分之一：{how}", flush=True)
    time.sleep(tenths / 10)


def forever() -> None:
    """永远做不完的事，适合当守护进程。"""
    while True:
        time.sleep(0.1)


def main() -> None:
    """三个子进程：两个等它们做完，一个不等。"""
    by_position = Process(target=worker, args=("张三", 2, "用的是位置参数"))
    by_position.start()
    by_position.join()

    by_name = Process(
        target=worker, kwargs={"name": "李四", "tenths": 3, "how": "用的是关键字参数"}
    )
    by_name.start()
    by_name.join()

    background = Process(target=forever, daemon=True)
    background.start()
    background.join(0.1)
    print("join(0.1) 没有等到：它永远做不完，0.1 秒后就不等了")
    print("守护进程还活着：", background.is_alive())
    print("主进程结束，守护进程跟着结束")


if __name__ == "__main__":
    main()
