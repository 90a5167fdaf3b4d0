"""练习 5.3.4：点歌台。客人点一首歌，就一遍一遍地唱到他离开；不管他怎样离开，都接着服务下一位。

做完以后检查：lab check 5.3.4
"""

import socket
import time

HOST, PORT = "0.0.0.0", 8888
PAUSE = 0.05  # 唱完一遍歇几秒


def sing(conn: socket.socket, title: bytes) -> None:
    """一遍一遍地唱，直到对方离开。"""
    count = 0
    # TODO 2：对方离开以后，sendall 会引发 BrokenPipeError 或者 ConnectionResetError：
    #         接住它们，不再唱，这个函数就结束了
    while True:
        count += 1
        conn.sendall(f"第 {count} 遍：".encode() + title + b"\n")
        time.sleep(PAUSE)


def serve(conn: socket.socket) -> None:
    """接待一位客人：听他点什么歌，唱给他听。"""
    title = conn.recv(1024)
    # TODO 1：客人什么也没点就走了，recv 得到什么？那就不唱
    sing(conn, title)


def main() -> None:
    """客人一位接一位，直到按 ctrl-c。"""
    listener = socket.create_server((HOST, PORT), backlog=5)
    try:
        while True:
            conn, _ = listener.accept()
            print("来了一位客人", flush=True)
            serve(conn)
            # TODO 3：和这位客人的连接不再用了，关闭它
            print("客人走了，等下一位", flush=True)
    except KeyboardInterrupt:
        listener.close()
        print("点歌台下班了，再见！")


if __name__ == "__main__":
    main()
