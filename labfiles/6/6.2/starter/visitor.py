"""聊天室的客人（已经写好）：输入一行就发一行，别人说的马上打印出来；按 ctrl-d 离开。"""

import socket
import sys
import threading

SERVER = ("127.0.0.1", 8888)


def listen(conn: socket.socket) -> None:
    """听到什么就打印什么。"""
    while data := conn.recv(1024):
        print(data.decode(errors="replace"), end="", flush=True)


def main() -> None:
    """一个线程听，主线程说。"""
    try:
        conn = socket.create_connection(SERVER)
    except ConnectionRefusedError:
        sys.exit("8888 端口没有人听：先在另一个终端里 python3 chat.py")
    with conn:
        threading.Thread(target=listen, args=(conn,), daemon=True).start()
        print("先输入你的名字，再输入要说的话，ctrl-d 离开", flush=True)
        for line in sys.stdin:
            conn.sendall(line.encode())


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\n再见！")
    except ConnectionError:
        sys.exit("聊天室关门了")
