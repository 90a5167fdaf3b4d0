"""练习 5.3.5 的解答：给消息划边界的服务器，每收到一条消息，就回答一条。

python3 framing.py delimiter   分隔符：每条消息以换行结束
python3 framing.py header      长度头部：每条消息前面有 4 个字节的长度
"""

import socket
import struct
import sys
from collections.abc import Iterator

HOST, PORT = "0.0.0.0", 8888
END = b"\n"
HEADER = struct.Struct("!I")  # 4 个字节的整数


def pack_delimiter(text: str) -> bytes:
    """发送以前：在正文后面加上分隔符。"""
    return text.encode() + END


def by_delimiter(conn: socket.socket) -> Iterator[str]:
    """收消息，分隔符：凑够一条就 yield 一条，直到对方离开。"""
    buffer = b""
    while data := conn.recv(1024):
        buffer += data
        while END in buffer:
            message, _, buffer = buffer.partition(END)
            yield message.decode()


def pack_header(text: str) -> bytes:
    """发送以前：在正文前面加上 4 个字节的长度。"""
    body = text.encode()
    return HEADER.pack(len(body)) + body


def receive_exactly(conn: socket.socket, size: int) -> bytes:
    """不多不少收 size 个字节；对方中途离开就引发 EOFError。"""
    data = b""
    while len(data) < size:
        piece = conn.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def by_header(conn: socket.socket) -> Iterator[str]:
    """收消息，长度头部：先收 4 个字节，知道有多长，再收那么多。"""
    while True:
        (size,) = HEADER.unpack(receive_exactly(conn, HEADER.size))
        yield receive_exactly(conn, size).decode()


def main() -> None:
    """一个客户端说完了，再接待下一个，直到按 ctrl-c。"""
    header = sys.argv[1:] == ["header"]
    receive, pack = (by_header, pack_header) if header else (by_delimiter, pack_delimiter)
    listener = socket.create_server((HOST, PORT), backlog=5)
    try:
        while True:
            conn, _ = listener.accept()
            with conn:
                try:
                    for number, text in enumerate(receive(conn), start=1):
                        conn.sendall(pack(f"第 {number} 条：{text}"))
                except (EOFError, ConnectionError):
                    print("对方离开了", flush=True)
    except KeyboardInterrupt:
        listener.close()
        print("再见！")


if __name__ == "__main__":
    main()
