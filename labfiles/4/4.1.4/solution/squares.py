"""练习 4.1.4：一个自己的进程类，做完以后能问它要结果。

运行：python3 squares.py
做完以后检查：lab check 4.1.4
"""

import os
from multiprocessing import Process, SimpleQueue


class Squares(Process):
    """在另一个进程里算平方和。"""

    def __init__(self, numbers: list[int]) -> None:
        """记下要算的数，准备一条带回结果的路。"""
        super().__init__()
        self.numbers = numbers
        self.answers: SimpleQueue[tuple[int, int]] = SimpleQueue()

    def run(self) -> None:
        """在子进程里：算出平方和，和自己的 PID 一起放进队列。"""
        total = sum(number * number for number in self.numbers)
        self.answers.put((os.getpid(), total))

    def result(self) -> tuple[int, int]:
        """在父进程里：等子进程做完，返回（做这件事的 PID，平方和）。"""
        answer = self.answers.get()
        self.join()
        return answer


if __name__ == "__main__":
    print("父进程", os.getpid())
    squares = Squares([1, 2, 3])
    squares.start()
    print("子进程和它算出来的：", *squares.result())
