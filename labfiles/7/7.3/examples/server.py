"""简单的 HTTP 服务：把一个文件夹里的静态网页发给浏览器，监听 0.0.0.0:8000。

    python3 server.py          服务旁边的 static 文件夹
    python3 server.py 文件夹    服务别的文件夹

读请求 -> 拆请求 -> 找资源 -> 回响应；每个连接一个线程，互不等待。按 ctrl-c 结束。
"""

import contextlib
import mimetypes
import re
import signal
import socket
import sys
import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

STATIC = Path(__file__).resolve().parent / "static"
STOP = (signal.SIGINT, signal.SIGTERM)  # ctrl-c 和 kill
METHODS = ("GET", "HEAD")
CLIENTS = 200  # 同时最多服务多少个连接
LIMIT = 16 * 1024  # 请求行和请求头一共最多多少字节
PATIENCE = 10.0  # 请求头要在几秒之内到齐
TICK = 0.1  # 每隔多少秒看一眼有没有人按 ctrl-c
SENDING = 60.0  # 响应要在几秒之内发完

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
REQUEST_LINE = re.compile(rf"({TOKEN}) ([!-~]+) HTTP/1\.[01]")
HEADER = re.compile(rf"{TOKEN}:[^\x00-\x08\x0a-\x1f\x7f]*")

ERROR_PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><meta charset="utf-8"><title>{code}</title>
<h1>{code} {phrase}</h1><p>{words}</p><p><a href="/">回首页</a></p></html>
"""
WORDS = {
    HTTPStatus.BAD_REQUEST: "这不像一个 HTTP 请求，我没看懂。",
    HTTPStatus.NOT_FOUND: "没有这个网页。",
    HTTPStatus.METHOD_NOT_ALLOWED: "这里只看不改，请用 GET 或者 HEAD。",
    HTTPStatus.REQUEST_TIMEOUT: "等了很久，请求还没有说完。",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "请求头太长了。",
}


class Problem(Exception):
    """这个请求不能用 200 回答，该用哪个状态码。"""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Response(NamedTuple):
    """要回答的内容。"""

    status: HTTPStatus
    kind: str
    body: bytes


def read(connection: socket.socket) -> bytes:
    """读请求：一直收到空行；什么都没说就走了，返回空。"""
    deadline = time.monotonic() + PATIENCE
    data = b""
    while b"\r\n\r\n" not in data:
        if len(data) >= LIMIT:
            raise Problem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        connection.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            piece = connection.recv(4096)
        except TimeoutError:
            if data:
                raise Problem(HTTPStatus.REQUEST_TIMEOUT) from None
            return b""
        if not piece and data:
            raise Problem(HTTPStatus.BAD_REQUEST)  # 没说完就挂断了
        if not piece:
            return b""
        data += piece
    return data


def parse(data: bytes) -> tuple[str, str]:
    """拆请求：返回方法和资源；格式不对就是 400。"""
    head = data.partition(b"\r\n\r\n")[0]
    first, *headers = head.decode("latin-1").split("\r\n")
    match = REQUEST_LINE.fullmatch(first)
    if not match or not all(HEADER.fullmatch(line) for line in headers):
        raise Problem(HTTPStatus.BAD_REQUEST)
    return match[1], match[2]


def find(root: Path, target: str) -> Path:
    """找资源：变成 root 里的一个文件；不在 root 里的，不管怎么写都当作没有。"""
    try:
        name = unquote(target.partition("?")[0], errors="strict")
    except UnicodeDecodeError:
        raise Problem(HTTPStatus.BAD_REQUEST) from None
    if not name.startswith("/") or "\0" in name:
        raise Problem(HTTPStatus.BAD_REQUEST)
    if name.endswith("/"):
        name += "index.html"
    try:
        # resolve() 消去 .. 并跟到链接的尽头，得到真正的位置，再看它是不是在 root 里。
        path = (root / name.lstrip("/")).resolve()
        if path.is_relative_to(root) and path.is_file():
            return path
    except (OSError, RuntimeError):  # 名字太长、没有权限、链接绕圈
        pass
    raise Problem(HTTPStatus.NOT_FOUND)


def kind_of(path: Path) -> str:
    """按后缀决定 Content-Type；文字一律是 UTF-8。"""
    kind, packed = mimetypes.guess_type(path.name)
    if not kind or packed:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def answer(root: Path, request: bytes) -> Response:
    """从请求到响应。"""
    method, target = parse(request)
    if method not in METHODS:
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED)
    path = find(root, target)
    try:
        return Response(HTTPStatus.OK, kind_of(path), path.read_bytes())
    except OSError:
        raise Problem(HTTPStatus.NOT_FOUND) from None


def apology(status: HTTPStatus) -> Response:
    """出错时的网页。"""
    page = ERROR_PAGE.format(code=status.value, phrase=status.phrase, words=WORDS[status])
    return Response(status, "text/html; charset=utf-8", page.encode())


def log(request: bytes, status: HTTPStatus) -> None:
    """打印一行记录；一次写完整行，几个线程的话才不会搅在一起。"""
    first = ascii(request.split(b"\r\n")[0].decode("latin-1"))[1:-1]  # 看不见的字符写成 \x1b 这样
    words = f"{first[:100] or '（请求不完整）'} -> {status.value} {status.phrase}"
    print(f"{time.strftime('%H:%M:%S')} {words}\n", end="", flush=True)


def send(connection: socket.socket, response: Response, with_body: bool) -> None:
    """回响应：响应行、响应头、空行、响应体。"""
    status, kind, body = response
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        lines.append(f"Allow: {', '.join(METHODS)}")
    head = "\r\n".join(lines) + "\r\n\r\n"
    connection.settimeout(SENDING)
    connection.sendall(head.encode() + (body if with_body else b""))


def hang_up(connection: socket.socket) -> None:
    """先说“我说完了”，再听掉对方剩下的话：有话没听就关，对方可能连响应都收不到。"""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(1)
    deadline = time.monotonic() + 2
    while connection.recv(65536) and time.monotonic() < deadline:
        pass


class Server:
    """服务本身：接受连接，每个连接交给一个线程。"""

    def __init__(self, root: Path, *, host: str = "0.0.0.0", port: int = 8000) -> None:
        self.root = root
        self.clients: dict[threading.Thread, socket.socket] = {}
        self.stopping = False
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))

    def serve_forever(self) -> None:
        """一直服务到有人叫停。"""
        self.listener.listen(128)
        self.listener.settimeout(TICK)
        print(f"在 0.0.0.0:8000 服务 {self.root}", flush=True)
        print("请打开 http://127.0.0.1:8000/，按 ctrl-c 结束。", flush=True)
        while not self.stopping:
            if len(self.clients) >= CLIENTS:  # 客满了，等有人走
                time.sleep(0.01)
                continue
            try:
                connection, _ = self.listener.accept()
            except OSError:  # 还没有人来，或者来了又走了；看看要不要停
                continue
            thread = threading.Thread(target=self.work, args=(connection,), daemon=True)
            self.clients[thread] = connection
            thread.start()

    def work(self, connection: socket.socket) -> None:
        """一个线程的工作：服务一个连接，出什么事都不影响别人。"""
        try:
            with connection:
                self.serve(connection)
                hang_up(connection)
        except OSError:  # 对方突然断开，或者太慢
            pass
        finally:
            del self.clients[threading.current_thread()]

    def serve(self, connection: socket.socket) -> None:
        """收一个请求，回一个响应。"""
        request = b""
        try:
            request = read(connection)
            if not request:
                return
            response = answer(self.root, request)
        except Problem as problem:
            response = apology(problem.status)
        log(request, response.status)
        send(connection, response, with_body=not request.startswith(b"HEAD "))

    def stop(self, number: int, frame: object) -> None:
        """收到 ctrl-c 或 kill：记下来，主线程很快就会看到。"""
        self.stopping = True

    def close(self) -> None:
        """不再接受连接，挂断所有人，等线程结束。"""
        self.listener.close()
        clients = list(self.clients.items())
        for _, connection in clients:
            with contextlib.suppress(OSError):  # 可能已经断了
                connection.shutdown(socket.SHUT_RDWR)
        for thread, _ in clients:
            if thread.is_alive():
                thread.join(1)


def main() -> None:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else STATIC).resolve()
    if not root.is_dir():
        sys.exit(f"没有这个文件夹：{root}")
    mimetypes.init()
    try:
        server = Server(root)
    except OSError as error:
        sys.exit(f"开不了 8000 端口：{error}\n谁占着它？看一看：sudo lsof -i :8000")
    for each in STOP:
        signal.signal(each, server.stop)
    server.serve_forever()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)  # 正在关门，再按也一样
    server.close()
    print("\n网站关门了，再见！", flush=True)


if __name__ == "__main__":
    main()
