"""练习 5.3.4 的解答：点歌台。不管客人怎样离开，都接着服务下一位。"""

import socket
import time

HOST, PORT = "0.0.0.0", 8888
PAUSE = 0.05  # 唱完一遍歇几秒


def sing(conn: socket.socket, title: bytes) -> None:
    """一遍一遍地唱，直到对方离开。"""
    count = 0
    try:
        while True:
            count += 1
            conn.sendall(f"第 {count} 遍：".encode() + title + b"\n")
            time.sleep(PAUSE)
    except (BrokenPipeError, ConnectionResetError) as error:
        print(f"他听了大约 {count} 遍：{type(error).__name__}", flush=True)


def serve(conn: socket.socket) -> None:
    """接待一位客人：听他点什么歌，唱给他听。"""
    title = conn.recv(1024)
    if title:
        sing(conn, title)


def main() -> None:
    """客人一位接一位，直到按 ctrl-c。"""
    listener = socket.create_server((HOST, PORT), backlog=5)
    try:
        while True:
            conn, _ = listener.accept()
            print("来了一位客人", flush=True)
            serve(conn)
            conn.close()
            print("客人走了，等下一位", flush=True)
    except KeyboardInterrupt:
        listener.close()
        print("点歌台下班了，再见！")


if __name__ == "__main__":
    main()
