"""练习 4.1.4：一个自己的进程类，做完以后能问它要结果。

运行：python3 squares.py
做完以后检查：lab check 4.1.4
"""

import os
from multiprocessing import Process, SimpleQueue  # noqa: F401


class Squares(Process):
    """在另一个进程里算平方和。"""

    def __init__(self, numbers: list[int]) -> None:
        """记下要算的数，准备一条带回结果的路。"""
        super().__init__()
        # TODO 1：记下 numbers；再准备一个 SimpleQueue()，子进程用它把结果送回来

    def run(self) -> None:
        """在子进程里：算出平方和，和自己的 PID 一起放进队列。"""
        # TODO 2：算出每个数乘自己再加起来的和，put((os.getpid(), 平方和))

    def result(self) -> tuple[int, int]:
        """在父进程里：等子进程做完，返回（做这件事的 PID，平方和）。"""
        # TODO 3：从队列里取出结果，等子进程结束，返回它
        return 0, 0


if __name__ == "__main__":
    print("父进程", os.getpid())
    squares = Squares([1, 2, 3])
    squares.start()
    print("子进程和它算出来的：", *squares.result())
