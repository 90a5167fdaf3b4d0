"""队列里有几条、空了吗、满了吗；满了还放、空了还取会怎样。"""

import time
from multiprocessing import Queue
from queue import Empty, Full

PATIENCE = 0.2


def look(when: str, queue: "Queue[str]") -> None:
    """看一眼队列。"""
    print(f"{when}：{queue.qsize()} 条，空的 {queue.empty()}，满的 {queue.full()}", flush=True)


def main() -> None:
    """最多放 5 条的队列：放满，再取空。"""
    queue: Queue[str] = Queue(5)
    look("一开始", queue)
    for item in "甲乙丙丁戊":
        queue.put(item)
    while queue.empty():  # put 把东西交给后台的线程去送，要过一小会儿才看得到
        time.sleep(0.01)
    look("放进 5 条", queue)
    try:
        queue.put("己", timeout=PATIENCE)
    except Full:
        print(f"再放一条：等了 {PATIENCE} 秒没有空位，抛出 Full")

    print("依次取出：", end="")
    print(*(queue.get() for _ in range(5)))
    look("取空以后", queue)
    try:
        queue.get(timeout=PATIENCE)
    except Empty:
        print(f"再取一条：等了 {PATIENCE} 秒没有东西，抛出 Empty")


if __name__ == "__main__":
    main()
