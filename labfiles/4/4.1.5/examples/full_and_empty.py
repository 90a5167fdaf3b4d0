"""队列的几个问题：满了吗，空了吗，有几条，满了还放、空了还取会怎样。"""

import time
from multiprocessing import Queue
from queue import Empty, Full

DEADLINE = 5.0


def main() -> None:
    """最多放 3 条的队列。"""
    queue: Queue[str] = Queue(3)
    print("一开始是空的：", queue.empty())
    for item in ("甲", "乙", "丙"):
        queue.put(item)
    print(f"放了 3 条，有 {queue.qsize()} 条")
    print("满了吗：", queue.full())
    try:
        queue.put("丁", timeout=0.2)
    except Full:
        print("第 4 条放不进去：Full（等了 0.2 秒，没有人取）")
    print("先进先出：", *(queue.get(timeout=DEADLINE) for _ in range(3)))
    try:
        queue.get(timeout=0.2)
    except Empty:
        print("取空以后再取：Empty（等了 0.2 秒，没有人放）")
    deadline = time.monotonic() + DEADLINE
    while not queue.empty() and time.monotonic() < deadline:
        time.sleep(0.01)


if __name__ == "__main__":
    main()
