"""给消息划边界，办法二：先发 4 个字节说明长度，再发正文。"""

import socket
import struct
import threading

HEADER = struct.Struct("!I")  # 4 个字节的无符号整数，! 表示网络字节序（高位在前）
MESSAGES = ["苹果", "第一行\n第二行", "", "x" * 100]


def pack(text: str) -> bytes:
    """正文前面加上长度。长度数的是字节，不是字。"""
    body = text.encode()
    return HEADER.pack(len(body)) + body


def send_all(address: tuple[str, int]) -> None:
    """客户端：所有消息粘成一串，再一个字节一个字节地发出去。"""
    with socket.create_connection(address) as conn:
        for byte in b"".join(pack(text) for text in MESSAGES):
            conn.sendall(bytes([byte]))


def receive_exactly(conn: socket.socket, size: int) -> bytes:
    """不多不少收 size 个字节；对方中途离开就报 EOFError。"""
    data = b""
    while len(data) < size:
        piece = conn.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def receive(conn: socket.socket) -> str:
    """先收 4 个字节，知道正文有多长，再收正文。"""
    (size,) = HEADER.unpack(receive_exactly(conn, HEADER.size))
    return receive_exactly(conn, size).decode()


def main() -> None:
    print(f"“苹果”在路上的样子：{pack('苹果')!r}", flush=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = threading.Thread(target=send_all, args=(listener.getsockname(),))
        sender.start()
        conn, _ = listener.accept()
        with conn:
            try:
                while True:
                    text = receive(conn)
                    print(f"收到一条消息，{len(text.encode())} 字节：{text!r}", flush=True)
            except EOFError:
                print("对方说完了。消息里有换行、是空的、很长，都没有关系。", flush=True)
        sender.join()


if __name__ == "__main__":
    main()
