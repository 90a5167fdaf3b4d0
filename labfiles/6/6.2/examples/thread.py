"""多线程并发服务器：每来一个客户端，就开一个线程专门为它服务。"""

import contextlib
import signal
import socket
import sys
import threading

END = b"##"
STOP = (signal.SIGINT, signal.SIGTERM)  # ctrl-c 和 kill


def say(text: str) -> None:
    """把一整行一次写完，几个线程的行就不会混在一起。"""
    print(text + "\n", end="", flush=True)


class RequestHandler:
    """处理一个客户端的请求：收到什么，怎样回答。"""

    def __init__(self, conn: socket.socket, name: str) -> None:
        self.conn = conn
        self.name = name

    def handle(self) -> None:
        """一直对话，直到客户端关闭连接或者发来 ##。"""
        last = b""
        while data := self.conn.recv(1024):
            thread = threading.current_thread().name
            say(f"  线程 {thread} 从 {self.name} 收到 {data!r}")
            before, end, _ = (last + data).partition(END)
            if len(before) > len(last):
                self.conn.sendall(b"Thanks/")
            if end:
                return
            last = data[-1:]


class ClientThread(threading.Thread):
    """为一个客户端服务的线程。"""

    def __init__(self, conn: socket.socket, name: str) -> None:
        super().__init__(daemon=True)
        self.conn = conn
        self.handler = RequestHandler(conn, name)

    def run(self) -> None:
        # 客户端突然断开（ConnectionError），只结束这一个线程
        with self.conn, contextlib.suppress(ConnectionError):
            self.handler.handle()
        say(f"{self.handler.name} 的对话结束")

    def hang_up(self) -> None:
        """挂断：正在 recv 里等待的线程会立刻收到 b''，然后自己结束。"""
        with contextlib.suppress(OSError):
            self.conn.shutdown(socket.SHUT_RDWR)


class ThreadServer:
    """监听一个端口，给每个客户端开一个线程。"""

    def __init__(self, *, host: str, port: int) -> None:
        self.name = f"{host}:{port}"
        self.listener = socket.create_server((host, port), backlog=5)  # 已设好 SO_REUSEADDR

    def serve_forever(self) -> None:
        """不停地接待，直到 ctrl-c。"""
        try:
            say(f"多线程服务器在 {self.name} 等待客户端，按 ctrl-c 结束")
            while True:
                conn, (ip, port) = self.listener.accept()
                thread = ClientThread(conn, f"{ip}:{port}")
                say(f"{ip}:{port} 来了，由线程 {thread.name} 服务")
                thread.start()
        finally:
            self.close()

    def close(self) -> None:
        """不再监听，挂断所有客户端，等它们的线程结束。"""
        self.listener.close()
        threads = [each for each in threading.enumerate() if isinstance(each, ClientThread)]
        for thread in threads:
            thread.hang_up()
        for thread in threads:
            if thread.is_alive():
                thread.join(timeout=0.2)


def stop(number: int, frame: object) -> None:
    """收到 ctrl-c 或 kill：只理第一次，打断正在等待的主线程。"""
    for each in STOP:
        signal.signal(each, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise KeyboardInterrupt


def listen_for_stop() -> None:
    """接管 ctrl-c 和 kill。"""
    for each in STOP:
        signal.signal(each, stop)
    # ctrl-c 可能正好在 accept 睡下的前一刻到来，就没人理它了：
    # 请闹钟（SIGALRM）每 0.2 秒叫醒一次，让 Python 看一眼有没有 ctrl-c
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)


def main() -> None:
    listen_for_stop()
    try:
        server = ThreadServer(host="0.0.0.0", port=8888)
    except OSError as error:
        sys.exit(f"打不开端口 8888：{error}\n看看谁占着它：sudo lsof -i :8888")
    server.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\n多线程服务器下班了，再见！", flush=True)
