"""练习 5.1.4 用的程序：占着一个端口，什么也不做。"""

import socket
import sys
import time


def listen(port: int) -> socket.socket:
    """打开端口；上一次的程序可能正在结束，所以多试几次。"""
    for _ in range(100):
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            time.sleep(0.1)
    sys.exit(f"端口 {port} 有别的程序在用")


def main() -> None:
    port, name = int(sys.argv[1]), sys.argv[2]
    with open("/proc/self/comm", "w") as file:  # lsof 的 COMMAND 那一列显示的就是它
        file.write(name)
    with listen(port) as listener:
        while True:
            listener.accept()[0].close()


if __name__ == "__main__":
    main()
