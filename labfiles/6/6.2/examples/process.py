"""多进程并发服务器：每来一个客户端，就开一个守护进程专门为它服务。"""

import os
import signal
import socket
import sys
from collections.abc import Iterable
from multiprocessing import Process, active_children, forkserver, get_start_method, resource_tracker
from multiprocessing.connection import wait

HOST, PORT = "0.0.0.0", 8888
END = b"##"
STOP = (signal.SIGINT, signal.SIGTERM)  # ctrl-c 和 kill


def talk(conn: socket.socket, name: str) -> None:
    """子进程：为一个客户端服务，直到它关闭连接或者发来 ##。"""
    # 终端里的 ctrl-c 会发给每个进程；子进程生来就屏蔽它，由父进程来结束子进程（kill 仍然有效）
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    last = b""
    with conn:
        try:
            while data := conn.recv(1024):
                print(f"  进程 {os.getpid()} 从 {name} 收到 {data!r}", flush=True)
                before, end, _ = (last + data).partition(END)
                if len(before) > len(last):
                    conn.sendall(b"Thanks/")
                if end:
                    break
                last = data[-1:]
        except ConnectionError as error:
            print(f"  {name} 突然断开：{type(error).__name__}", flush=True)


def wait_for_news(things: Iterable[socket.socket | int]) -> Iterable[object]:
    """等到有动静。只有在这里等的时候才理 ctrl-c，所以子进程一出生就屏蔽它。"""
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
        # 信号可能正好在睡下的前一刻到来，没叫醒 wait：所以每 0.2 秒自己醒一次
        return wait(things, timeout=0.2)
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)


def serve(listener: socket.socket) -> None:
    """等新客户端，也等子进程结束；谁先有动静就先处理谁。"""
    children: dict[int, Process] = {}  # 哨兵 -> 子进程；子进程一结束，哨兵就有动静
    while True:
        for thing in wait_for_news([listener, *children]):
            if isinstance(thing, int):
                child = children.pop(thing)
                child.join()  # 收回结束了的子进程，不留僵尸
                print(f"进程 {child.pid} 结束，已回收", flush=True)
                continue
            conn, (ip, port) = listener.accept()
            child = Process(target=talk, args=(conn, f"{ip}:{port}"), daemon=True)
            child.start()
            conn.close()  # start() 返回时子进程已经有自己的一份，父进程的这一份要关上
            children[child.sentinel] = child
            print(f"{ip}:{port} 来了，由进程 {child.pid} 服务", flush=True)


def main() -> None:
    for each in STOP:
        signal.signal(each, signal.default_int_handler)  # 两个信号都引发 KeyboardInterrupt
    method = get_start_method()
    if method != "fork":
        resource_tracker.ensure_running()  # multiprocessing 的帮手；它会改动信号屏蔽，所以先启动
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)  # 先存着，到 wait_for_news 里再处理
    if method == "forkserver":
        forkserver.ensure_running()  # 提前请出开进程的帮手，第一位客人就不用等它
    try:
        listener = socket.create_server((HOST, PORT), backlog=5)  # 已设好 SO_REUSEADDR
    except OSError as error:
        sys.exit(f"打不开端口 {PORT}：{error}\n看看谁占着它：sudo lsof -i :{PORT}")
    os.register_at_fork(after_in_child=listener.close)  # 分叉出的子进程用不着它
    with listener:
        print(f"多进程服务器在 {HOST}:{PORT} 等待客户端，按 ctrl-c 结束", flush=True)
        try:
            serve(listener)
        finally:
            children = active_children()
            for child in children:
                child.kill()
            for child in children:
                child.join()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\n多进程服务器下班了，再见！", flush=True)
