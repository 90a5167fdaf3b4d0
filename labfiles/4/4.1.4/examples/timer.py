"""自定义进程类：每隔一会儿报一次时。"""

import os
import time
from multiprocessing import Process


class Clock(Process):
    """每隔 interval 秒报一次时，一共 count 次。"""

    def __init__(self, name: str, interval: float, count: int) -> None:
        super().__init__(name=name)  # 先让 Process 准备好，再添自己的东西
        self.interval = interval
        self.count = count

    def run(self) -> None:
        """start() 之后，子进程里执行的就是它。"""
        for number in range(1, self.count + 1):
            time.sleep(self.interval)
            print(f"{self.name}：第 {number} 次报时，现在 {time.strftime('%H:%M:%S')}", flush=True)


def main() -> None:
    """用的时候和 Process 一样：创建、start、join。"""
    clock = Clock("小钟", interval=1.0, count=3)
    me = f"父进程 {os.getpid()}"
    print(f"{me}：创建了{clock.name}，还没有启动，它的 PID 是 {clock.pid}", flush=True)
    clock.start()
    clock.join()
    print(f"{me}：{clock.name} {clock.pid} 下班了，退出码 {clock.exitcode}")


if __name__ == "__main__":
    main()
