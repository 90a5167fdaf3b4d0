"""练习 4.1.5：一个生产者，几个消费者，用队列传数，最后都干净地结束。

运行：python3 pipeline.py
做完以后检查：lab check 4.1.5
"""

import os
import time
from multiprocessing import Process, Queue

END = None  # 结束的记号
Answer = tuple[int, int, int]


def consume(tasks: "Queue[int | None]", answers: "Queue[Answer]") -> None:
    """消费者：一个一个地取数，把（自己的 PID，数，数的平方）放进 answers；取到 END 就结束。"""
    while (number := tasks.get()) is not END:
        time.sleep(0.05)  # 假装这件事很费时间
        answers.put((os.getpid(), number, number * number))


def run(numbers: list[int], count: int) -> list[Answer]:
    """生产者：启动 count 个消费者，把每个数交给它们；返回所有的答案，次序随意。"""
    tasks: Queue[int | None] = Queue(5)
    answers: Queue[Answer] = Queue()
    consumers = [Process(target=consume, args=(tasks, answers)) for _ in range(count)]
    for consumer in consumers:
        consumer.start()
    for number in numbers:
        tasks.put(number)
    for _ in consumers:
        tasks.put(END)
    found = [answers.get() for _ in numbers]
    for consumer in consumers:
        consumer.join()
    return found


if __name__ == "__main__":
    for pid, number, square in run(list(range(1, 11)), 3):
        print(f"进程 {pid}：{number} 的平方是 {square}")
