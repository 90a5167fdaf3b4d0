"""自定义进程类：每隔一会儿报一次时。"""

import time
from multiprocessing import Process


class Timer(Process):
    """按时报数的进程：每隔 interval 秒报一次，一共 count 次。"""

    def __init__(self, name: str, interval: float, count: int) -> None:
        super().__init__()  # 先让 Process 准备好，再添自己的东西
        self.name = name
        self.interval = interval
        self.count = count

    def run(self) -> None:
        """start() 之后，子进程里执行的就是它。"""
        for number in range(1, self.count + 1):
            time.sleep(self.interval)
            print(f"{self.name}：第 {number} 次报时，{time.strftime('%H:%M:%S')}", flush=True)


def main() -> None:
    """用的时候和 Process 一样：创建、start、join。"""
    timer = Timer("小钟", interval=0.3, count=3)
    print("父进程：报时员的名字是", timer.name, flush=True)
    timer.start()
    timer.join()
    print(f"父进程：报时员下班了，退出码 {timer.exitcode}")


if __name__ == "__main__":
    main()
