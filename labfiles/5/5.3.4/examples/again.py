"""服务器一次又一次地服务：不管客户端怎样离开，下一个都能得到服务。"""

import queue
import socket
import struct
import threading

VISITORS = ("道别的客人", "不辞而别的客人", "强行断开的客人", "最后的客人")


def serve(listener: socket.socket, reports: queue.Queue[str]) -> None:
    """接待每一位客人；一次对话里出的事，只结束这一次对话。"""
    for _ in VISITORS:
        conn = listener.accept()[0]
        with conn:
            try:
                while (data := conn.recv(1024)) and data != b"##":
                    conn.sendall(b"Thanks/")
                reports.put("收到 ##" if data else "recv 返回 b''，对方关闭了")
            except ConnectionError as error:
                reports.put(f"{type(error).__name__}，对方断开了")


def visit(name: str, address: tuple[str, int]) -> bytes:
    """一位客人：说一声 hello，读到回答，然后各有各的离开方式。"""
    with socket.create_connection(address) as conn:
        conn.sendall(b"hello")
        answer = conn.recv(1024)
        if name == "道别的客人":
            conn.sendall(b"##")
            conn.recv(1024)  # 等服务器先关闭
        elif name == "强行断开的客人":
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return answer


def main() -> None:
    reports: queue.Queue[str] = queue.Queue()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener, reports), daemon=True)
        server.start()
        for name in VISITORS:
            answer = visit(name, listener.getsockname())
            print(f"{name}得到 {answer.decode()}，服务器说：{reports.get(timeout=10)}", flush=True)
        server.join()
    print(f"服务器服务了 {len(VISITORS)} 位客人，一次也没有倒下。")


if __name__ == "__main__":
    main()
