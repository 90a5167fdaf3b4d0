"""访问一遍 127.0.0.1:8000 上的静态网页服务：该给的给，不该给的一个也不给。

先在另一个终端里运行服务端：lab run 7.3
"""

import socket
import sys
import threading
import time
from typing import NamedTuple

ADDRESS = ("127.0.0.1", 8000)
CROWD = 20


class Answer(NamedTuple):
    """收到的响应。"""

    status: str
    headers: dict[str, str]
    body: bytes


def ask(request: str) -> Answer:
    """发出一个请求（不管对不对），收下整个响应。"""
    with socket.create_connection(ADDRESS, timeout=20) as connection:
        connection.sendall(f"{request}\r\nHost: 127.0.0.1\r\n\r\n".encode())
        data = b""
        while piece := connection.recv(65536):
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Answer(first.partition(" ")[2], headers, body)


def look(title: str, *requests: str) -> None:
    """发几个请求，打印收到了什么。"""
    print(f"\n【{title}】", flush=True)
    for request in requests:
        status, headers, body = ask(request)
        shown = request.replace("\r\n", "\\r\\n")
        print(f"  {shown}\n    -> {status}  {headers['Content-Type']}", flush=True)
        said = headers["Content-Length"]
        print(f"       Content-Length 说 {said} 字节，收到 {len(body)} 字节", flush=True)
        if "Allow" in headers:
            print(f"       Allow: {headers['Allow']}", flush=True)


def crowd() -> None:
    """一个客户端连上了却不说话，另外很多个同时来访问。"""
    answers: list[str] = []

    def visit() -> None:
        answers.append(ask("GET / HTTP/1.1").status)

    print(f"\n【很多人同时来】一个人占着连接不说话，另外 {CROWD} 个人同时访问", flush=True)
    with socket.create_connection(ADDRESS, timeout=20):
        start = time.monotonic()
        visitors = [threading.Thread(target=visit) for _ in range(CROWD)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
        seconds = time.monotonic() - start
    print(f"  得到 200 OK 的有 {answers.count('200 OK')} 个，一共用了 {seconds:.2f} 秒", flush=True)


def main() -> None:
    try:
        look(
            "该给的",
            "GET / HTTP/1.1",
            "HEAD / HTTP/1.1",
            "GET /style.css HTTP/1.1",
            "GET /picture.jpg HTTP/1.1",
            "GET /notes.txt?page=1 HTTP/1.1",
        )
        look("没有的网页", "GET /no-such-page.html HTTP/1.1")
        look("不允许的方法", "POST / HTTP/1.1", "DELETE /notes.txt HTTP/1.1")
        look("看不懂的请求", "HELLO", "GET / HTTP/1.1\r\n这一行没有冒号")
        look(
            "想跑到文件夹外面去",
            "GET /../server.py HTTP/1.1",
            "GET /%2e%2e/server.py HTTP/1.1",
            "GET /..%2fserver.py HTTP/1.1",
            "GET //etc/passwd HTTP/1.1",
        )
        crowd()
    except ConnectionRefusedError:
        sys.exit("8000 端口没有人听。先在另一个终端运行：lab run 7.3")


if __name__ == "__main__":
    main()
