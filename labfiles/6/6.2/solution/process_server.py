"""练习 6.2 的解答（一）：多进程回声服务器，离开一位，回收一个进程。"""

import os
import signal
import socket
from multiprocessing import get_context

HOST, PORT = "0.0.0.0", 8888
# 用 fork：子进程由父进程分叉出来，回收它也是父进程的事
Process = get_context("fork").Process


def talk(conn: socket.socket) -> None:
    """为一位客户端服务：把它说的话加上自己的 PID 还给它，直到它离开。"""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-c 由父进程处理
    with conn:
        try:
            while data := conn.recv(1024):
                conn.sendall(f"{os.getpid()} ".encode() + data)
        except ConnectionError:
            pass  # 突然断开，只结束这一位


def serve(listener: socket.socket) -> None:
    """来一位，开一个守护子进程。"""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # 子进程结束了，请内核马上回收
    while True:
        conn, address = listener.accept()
        print(f"{address} 来了", flush=True)
        Process(target=talk, args=(conn,), daemon=True).start()
        conn.close()  # 子进程有自己的一份，父进程的这一份要关上


def main() -> None:
    """一直服务，直到按 ctrl-c。"""
    with socket.create_server((HOST, PORT), backlog=16) as listener:
        try:
            serve(listener)
        except KeyboardInterrupt:
            print("多进程服务器下班了，再见！")


if __name__ == "__main__":
    main()
