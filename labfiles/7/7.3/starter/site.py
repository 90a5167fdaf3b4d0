"""练习 7.3：静态网页服务，把 static 文件夹里的文件发给浏览器，监听 0.0.0.0:8000。

做完以后检查：lab check 7.3
"""

import contextlib
import socket
import threading  # noqa: F401
from pathlib import Path
from urllib.parse import unquote  # noqa: F401

ADDRESS = ("0.0.0.0", 8000)
ROOT = (Path(__file__).parent / "static").resolve()
PATIENCE = 5.0  # 请求要在几秒之内说完
LIMIT = 16 * 1024  # 请求头最多多少字节
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}
OTHER = "application/octet-stream"  # 不认识的后缀


class Problem(Exception):
    """不能用 200 回答的请求；status 是该回答的，比如 "404 Not Found"。"""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def read(conn: socket.socket) -> bytes:
    """读请求：一直收到空行，返回空行前面的；没有说完就走了，引发 Problem。"""
    # TODO 1：一直收，收到空行（\r\n\r\n）为止；recv 得到空的，或者收得太多，就 raise Problem("400 Bad Request")
    return conn.recv(4096)


def parse(head: bytes) -> tuple[str, str]:
    """拆请求：返回方法和资源；请求行不是三样、请求头没有冒号，都是 400。"""
    # TODO 2：像 7.2.3 那样拆；格式不对就 raise Problem("400 Bad Request")
    return "GET", "/"


def find(target: str) -> Path:
    """找资源：返回 ROOT 里的一个文件；没有这个文件，或者它在 ROOT 外面，都是 404。"""
    # TODO 3：去掉 ? 后面的，用 unquote 变回文字；以 / 结尾的，加上 index.html
    # TODO 4：用 resolve() 算出真正的位置，不在 ROOT 里的，或者不是文件的，raise Problem("404 Not Found")
    return ROOT / "index.html"


def answer(conn: socket.socket) -> tuple[bytes, bytes]:
    """收一个请求；返回该回答的响应头和响应体。"""
    status, kind, extra, method = "200 OK", KINDS[".html"], "", ""
    try:
        method, target = parse(read(conn))  # noqa: RUF059
        # TODO 5：方法只能是 GET 和 HEAD，不然 405 Method Not Allowed，extra 里写上 Allow: GET, HEAD
        path = find(target)
        # TODO 6：按后缀从 KINDS 里找 Content-Type
        body = path.read_bytes()
    except Problem as problem:
        status = problem.status
        body = f"<!DOCTYPE html><meta charset='utf-8'><h1>{status}</h1>".encode()
    head = (
        f"HTTP/1.1 {status}\r\n"
        f"Content-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"{extra}"
        "Connection: close\r\n"
        "\r\n"
    )
    # TODO 7：方法是 HEAD，就没有响应体
    return head.encode(), body


def serve(conn: socket.socket) -> None:
    """一个连接：收一个请求，回一个响应。"""
    with conn, contextlib.suppress(OSError):  # 太慢，或者突然断开
        conn.settimeout(PATIENCE)
        head, body = answer(conn)
        conn.sendall(head + body)


def main() -> None:
    """每个连接一个线程，直到按 ctrl-c。"""
    with socket.create_server(ADDRESS, backlog=64) as listener:
        print("请打开 http://127.0.0.1:8000/，按 ctrl-c 结束", flush=True)
        try:
            while True:
                conn, _ = listener.accept()
                # TODO 8：每个连接一个守护线程
                serve(conn)
        except KeyboardInterrupt:
            print("网站关门了，再见！")


if __name__ == "__main__":
    main()
