"""给消息划边界，办法一：每条消息后面加一个分隔符（这里用换行）。"""

import socket
import threading
import time
from collections.abc import Iterator

END = b"\n"
# 发送的时候故意乱切：有的粘在一起，有的从中间断开，连一个汉字也切开了
PIECES = ["苹果\n香蕉\n".encode(), b"che", b"rry\n", "葡".encode()[:2], "葡萄\n".encode()[2:]]


def send_all(address: tuple[str, int]) -> None:
    """客户端：一块一块地发送，然后关闭。"""
    with socket.create_connection(address) as conn:
        for piece in PIECES:
            conn.sendall(piece)
            time.sleep(0.1)


def messages(conn: socket.socket) -> Iterator[str]:
    """收到的字节先放进缓冲区，凑够一条（见到分隔符）才交出去。"""
    buffer = b""
    while data := conn.recv(1024):
        print(f"  recv 收到 {data!r}", flush=True)
        buffer += data
        while END in buffer:
            message, _, buffer = buffer.partition(END)
            yield message.decode()  # 凑齐了整条消息再解码，汉字不会断
    if buffer:
        print(f"  对方离开了，还剩半条消息：{buffer!r}", flush=True)


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = threading.Thread(target=send_all, args=(listener.getsockname(),))
        sender.start()
        conn, _ = listener.accept()
        with conn:
            for number, message in enumerate(messages(conn), start=1):
                print(f"第 {number} 条消息：{message}", flush=True)
        sender.join()
    print("不管字节怎样粘、怎样断，消息都完整。只是消息里面不能再有分隔符。")


if __name__ == "__main__":
    main()
