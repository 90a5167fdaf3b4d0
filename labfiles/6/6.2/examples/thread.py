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

    def wait_for_client(self) -> tuple[socket.socket, tuple[str, int]]:
        """等一位客人。只有在这里等的时候才理 ctrl-c，所以别的事都不会只做到一半。"""
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
            return self.listener.accept()
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, STOP)

    def serve_forever(self) -> None:
        """不停地接待，直到 ctrl-c。"""
        # 信号可能正好在睡下的前一刻到来，没叫醒 accept：所以每 0.2 秒自己醒一次
        self.listener.settimeout(0.2)
        try:
            say(f"多线程服务器在 {self.name} 等待客户端，按 ctrl-c 结束")
            while True:
                with contextlib.suppress(TimeoutError):
                    conn, (ip, port) = self.wait_for_client()
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
            thread.join()


def main() -> None:
    for each in STOP:
        signal.signal(each, signal.default_int_handler)  # 两个信号都引发 KeyboardInterrupt
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)  # 先存着，到 wait_for_client 里再处理
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
