"""练习 7.3 的解答：静态网页服务，把 static 文件夹里的文件发给浏览器，监听 0.0.0.0:8000。"""

import contextlib
import socket
import threading
from pathlib import Path
from urllib.parse import unquote

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
    data = b""
    while b"\r\n\r\n" not in data:
        piece = conn.recv(4096)
        if not piece or len(data) > LIMIT:
            raise Problem("400 Bad Request")
        data += piece
    return data.partition(b"\r\n\r\n")[0]


def parse(head: bytes) -> tuple[str, str]:
    """拆请求：返回方法和资源；请求行不是三样、请求头没有冒号，都是 400。"""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):
        raise Problem("400 Bad Request")
    if not all(":" in line for line in lines):
        raise Problem("400 Bad Request")
    return words[0], words[1]


def find(target: str) -> Path:
    """找资源：返回 ROOT 里的一个文件；没有这个文件，或者它在 ROOT 外面，都是 404。"""
    name = unquote(target.partition("?")[0])
    if name.endswith("/"):
        name += "index.html"
    try:
        path = (ROOT / name.lstrip("/")).resolve()
        if path.is_relative_to(ROOT) and path.is_file():
            return path
    except (OSError, ValueError):  # 名字太长，或者里面有 \0
        pass
    raise Problem("404 Not Found")


def answer(conn: socket.socket) -> tuple[bytes, bytes]:
    """收一个请求；返回该回答的响应头和响应体。"""
    status, kind, extra, method = "200 OK", KINDS[".html"], "", ""
    try:
        method, target = parse(read(conn))
        if method not in ("GET", "HEAD"):
            extra = "Allow: GET, HEAD\r\n"
            raise Problem("405 Method Not Allowed")
        path = find(target)
        kind = KINDS.get(path.suffix, OTHER)
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
    return head.encode(), b"" if method == "HEAD" else body


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
                threading.Thread(target=serve, args=(conn,), daemon=True).start()
        except KeyboardInterrupt:
            print("网站关门了，再见！")


if __name__ == "__main__":
    main()
