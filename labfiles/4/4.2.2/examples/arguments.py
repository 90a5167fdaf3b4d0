"""几个线程同时等待：总时间是最慢的那个，不是加起来。"""

import time
from threading import Thread

FILES = {"甲": 0.2, "乙": 0.5, "丙": 0.8}


def download(name: str, seconds: float) -> None:
    """装作下载：等网络的时候什么也不用做。"""
    time.sleep(seconds)
    print(f"下载 {name}：{seconds} 秒，做完了", flush=True)


def main() -> None:
    """位置参数、关键字参数都可以。"""
    threads = [
        Thread(target=download, args=(name,), kwargs={"seconds": seconds})
        for name, seconds in FILES.items()
    ]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, alone = time.monotonic() - begun, sum(FILES.values())
    print(f"一起做用了 {took:.1f} 秒，一个一个做要 {alone:.1f} 秒")
    print("比一个一个做快：", took < alone, sep="")


if __name__ == "__main__":
    main()
