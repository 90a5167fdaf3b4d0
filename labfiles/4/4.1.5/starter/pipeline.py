"""练习 4.1.5：一个生产者，几个消费者，用队列传数，最后都干净地结束。

运行：python3 pipeline.py
做完以后检查：lab check 4.1.5
"""

import os  # noqa: F401
import time  # noqa: F401
from multiprocessing import Process, Queue  # noqa: F401

END = None  # 结束的记号
Answer = tuple[int, int, int]


def consume(tasks: "Queue[int | None]", answers: "Queue[Answer]") -> None:
    """消费者：一个一个地取数，把（自己的 PID，数，数的平方）放进 answers；取到 END 就结束。"""
    # TODO 1：循环取数，取到 END 就离开循环
    # TODO 2：每个数先 time.sleep(0.05)，假装这件事很费时间，再把答案放进 answers


def run(numbers: list[int], count: int) -> list[Answer]:
    """生产者：启动 count 个消费者，把每个数交给它们；返回所有的答案，次序随意。"""
    # TODO 3：创建队列 tasks（最多 5 个）和 answers（不限），启动 count 个做 consume 的进程
    # TODO 4：把每个数放进 tasks，再放结束的记号：有几个消费者，就要放几个？
    # TODO 5：取出所有的答案，再等每个消费者结束
    return []


if __name__ == "__main__":
    for pid, number, square in run(list(range(1, 11)), 3):
        print(f"进程 {pid}：{number} 的平方是 {square}")
