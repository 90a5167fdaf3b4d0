"""练习 6.1 的解答：量一量循环模型的等待时间。"""

import socket
import sys
import threading
import time

SERVER = ("127.0.0.1", 8888)
COUNT = 4  # 几位客人
STAY = 1.0  # 每位得到回答以后，还坐几秒


def wait_of(address: tuple[str, int], stay: float) -> float:
    """一位客人：连上，说 hello，等回答，再坐 stay 秒才离开；返回从动身到得到回答等了几秒。"""
    begin = time.monotonic()
    with socket.create_connection(address) as conn:
        conn.sendall(b"hello")
        conn.recv(1024)
        wait = time.monotonic() - begin
        time.sleep(stay)
    return wait


def measure(address: tuple[str, int], count: int, stay: float) -> list[float]:
    """count 位客人一起来，返回每位等了几秒，一共 count 个数。"""
    waits: list[float] = []

    def visit() -> None:
        waits.append(wait_of(address, stay))

    visitors = [threading.Thread(target=visit) for _ in range(count)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    return waits


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
