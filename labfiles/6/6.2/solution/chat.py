"""练习 6.2 的解答（二）：聊天室，一位客人一个线程。"""

import contextlib
import socket
import threading
from collections.abc import Iterator

HOST, PORT = "0.0.0.0", 8888


def lines(conn: socket.socket) -> Iterator[str]:
    """客人说的话，一行一行地给出来；他离开了（正常或者突然）就没有下一行。"""
    with (
        contextlib.suppress(ConnectionError),
        conn.makefile(encoding="utf-8", errors="replace") as file,
    ):
        for line in file:
            yield line.rstrip("\n")


class Room:
    """聊天室：谁在里面，怎样把一句话告诉大家。"""

    def __init__(self) -> None:
        self.members: dict[socket.socket, str] = {}
        self.lock = threading.Lock()

    def enter(self, conn: socket.socket, name: str) -> None:
        """进来一位，告诉大家（他自己也听得到）。"""
        with self.lock:
            self.members[conn] = name
        self.tell(None, f"{name} 来了")

    def leave(self, conn: socket.socket) -> None:
        """走了一位，告诉别人。"""
        with self.lock:
            name = self.members.pop(conn)
        self.tell(conn, f"{name} 走了")

    def tell(self, sender: socket.socket | None, text: str) -> None:
        """把一行话告诉 sender 以外的每一位；有谁正好断开了，别人照样听得到。"""
        with self.lock:
            for conn in self.members:
                if conn is not sender:
                    with contextlib.suppress(OSError):
                        conn.sendall(f"{text}\n".encode())


def serve(room: Room, conn: socket.socket) -> None:
    """一位客人：第一行是名字，后面每一行都是对大家说的话。"""
    with conn:
        words = lines(conn)
        name = next(words, "")
        if not name:
            return
        room.enter(conn, name)
        for text in words:
            room.tell(conn, f"{name}：{text}")
        room.leave(conn)


def main() -> None:
    """一直服务，直到按 ctrl-c。"""
    room = Room()
    with socket.create_server((HOST, PORT), backlog=16) as listener:
        try:
            while True:
                conn, _ = listener.accept()
                threading.Thread(target=serve, args=(room, conn), daemon=True).start()
        except KeyboardInterrupt:
            print("聊天室关门了，再见！")


if __name__ == "__main__":
    main()
