"""练习 6.1：量一量循环模型的等待时间。

先在另一个终端里开着服务器：lab run 5.3.2
再运行它：python3 measure.py
做完以后检查：lab check 6.1
"""

import socket
import sys
import threading  # noqa: F401
import time  # noqa: F401

SERVER = ("127.0.0.1", 8888)
COUNT = 4  # 几位客人
STAY = 1.0  # 每位得到回答以后，还坐几秒


def wait_of(address: tuple[str, int], stay: float) -> float:
    """一位客人：连上，说 hello，等回答，再坐 stay 秒才离开；返回从动身到得到回答等了几秒。"""
    # TODO 1：动身以前记下 time.monotonic()，得到回答以后再看一次，相减
    # TODO 2：得到回答以后，坐 stay 秒再离开；坐的时间不算等待
    with socket.create_connection(address) as conn:
        conn.sendall(b"hello")
        conn.recv(1024)
    return 0.0


def measure(address: tuple[str, int], count: int, stay: float) -> list[float]:
    """count 位客人一起来，返回每位等了几秒，一共 count 个数。"""
    # TODO 3：每位客人一个线程，全部 start 以后再一个一个 join
    return [wait_of(address, stay) for _ in range(count)]


def main() -> None:
    """对着真的服务器量一次，画成横条。"""
    print(f"{COUNT} 位客人一起来，每位坐 {STAY:.0f} 秒……", flush=True)
    try:
        waits = sorted(measure(SERVER, COUNT, STAY))
    except ConnectionRefusedError:
        sys.exit("8888 端口没有人听：先在另一个终端里 lab run 5.3.2")
    for number, wait in enumerate(waits, start=1):
        print(f"第 {number} 位等了 {wait:5.2f} 秒 {'#' * round(wait * 10)}")


if __name__ == "__main__":
    main()
