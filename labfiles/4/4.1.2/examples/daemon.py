"""join 可以只等一会儿；普通的子进程，创建它的进程会等它做完，守护的（daemon=True）则一起结束。"""

import os
import time
from multiprocessing import Process, SimpleQueue


def work(name: str, seconds: float) -> None:
    """要做 seconds 秒的工作。"""
    time.sleep(seconds)
    print(f"{name}：做完了", flush=True)


def boss(name: str, seconds: float, daemon: bool, pids: "SimpleQueue[int]") -> None:
    """老板也是一个进程：派一个助手，说出助手的 PID，自己马上就走。"""
    assistant = Process(target=work, args=(name, seconds), daemon=daemon)
    assistant.start()
    pids.put(assistant.pid or 0)


def alive(pid: int) -> bool:
    """信号 0 什么也不做，只看这个进程还在不在。"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    """先看 join，再看两种助手。"""
    child = Process(target=work, args=("孩子", 2.0))
    child.start()
    child.join(0.2)
    print("join(0.2) 回来了，孩子还活着：", child.is_alive(), sep="", flush=True)
    child.join()
    print("join() 回来了，孩子还活着：", child.is_alive(), sep="", flush=True)

    pids: SimpleQueue[int] = SimpleQueue()
    plain = Process(target=boss, args=("普通助手", 0.5, False, pids))
    plain.start()
    plain.join()
    pids.get()
    print("普通助手的老板走了；助手是做完才结束的", flush=True)

    begun = time.monotonic()
    guardian = Process(target=boss, args=("守护助手", 3600, True, pids))
    guardian.start()
    guardian.join()
    waited = time.monotonic() - begun
    print(f"守护助手的老板走了，没有等一个小时（等了 {waited:.1f} 秒）")
    print("守护助手还活着：", alive(pids.get()), sep="")


if __name__ == "__main__":
    main()
