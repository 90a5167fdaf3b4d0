"""练习 7.2.4：发一个带图片的网页，监听 0.0.0.0:8000。

做完以后检查：lab check 7.2.4
"""

import socket
from pathlib import Path

ADDRESS = ("0.0.0.0", 8000)
PATIENCE = 3.0  # 连上了却不说话的，最多等 3 秒
PICTURE = Path("picture.jpg")
# TODO 1：在网页里加上 <img src="/picture.jpg" alt="一张图片">
PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<meta charset="utf-8">
<title>我的图片</title>
<h1>看，这是我的服务端发来的图片</h1>
</html>
"""
LOST = "<!DOCTYPE html><meta charset='utf-8'><title>404</title><h1>没有这个网页</h1>"


def response(status: str, kind: str, body: bytes) -> bytes:
    """一个完整的响应：响应行、响应头、空行、响应体。"""
    # TODO 2：响应头里要有 Content-Type、Content-Length（字节数）和 Connection: close，后面是空行
    head = f"HTTP/1.1 {status}\r\n"
    return head.encode() + body


def answer(target: str) -> bytes:
    """浏览器要 target，该发给它什么。"""
    # TODO 3：/ 是网页，/picture.jpg 是图片（image/jpeg，PICTURE 里的字节），别的是 404 Not Found
    return response("200 OK", "text/html; charset=utf-8", PAGE.encode())


def serve(conn: socket.socket) -> None:
    """收一个请求（到空行为止），回一个响应。"""
    conn.settimeout(PATIENCE)
    request = b""
    while b"\r\n\r\n" not in request:
        piece = conn.recv(4096)
        if not piece:
            return
        request += piece
    line = request.split(b"\r\n")[0].decode("latin-1")
    print(line, flush=True)
    words = line.split(" ")
    if len(words) == 3:
        conn.sendall(answer(words[1]))


def main() -> None:
    """一个接一个地服务，直到按 ctrl-c。"""
    with socket.create_server(ADDRESS, backlog=16) as listener:
        print("请打开 http://127.0.0.1:8000/，按 ctrl-c 结束", flush=True)
        try:
            while True:
                conn, _ = listener.accept()
                with conn:
                    try:
                        serve(conn)
                    except OSError as error:
                        print(f"这位没有说完：{error}", flush=True)
        except KeyboardInterrupt:
            print("服务结束，再见！")


if __name__ == "__main__":
    main()
