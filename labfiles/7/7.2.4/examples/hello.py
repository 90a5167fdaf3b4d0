"""最小的 HTTP 服务：不管要什么，都回一句问候（200 OK，text/html）。

监听 0.0.0.0:8000。一次连接回答一个请求，然后等下一位，直到按 ctrl-c。
"""

import signal
import socket
import sys

ADDRESS = ("0.0.0.0", 8000)
STOP = (signal.SIGINT, signal.SIGTERM)  # ctrl-c 和 kill
PATIENCE = 3.0  # 连上了却不说话的，最多等 3 秒
LIMIT = 16 * 1024  # 请求头再长也只收这么多字节
PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<title>问候</title>
<h1>你好，欢迎来到我的课程机！</h1>
<p>这个网页，是几行 Python 写成的服务端发给你的。</p>
</html>
"""


def receive(connection: socket.socket) -> bytes:
    """收到空行为止：请求行和请求头到齐了。"""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < LIMIT:
        piece = connection.recv(4096)
        if not piece:
            break
        data += piece
    return data


def serve(connection: socket.socket) -> None:
    """收一个请求，回一个响应：响应行、响应头、空行、响应体。"""
    connection.settimeout(PATIENCE)
    request = receive(connection)
    if not request:
        return
    print(f"请求：{request.splitlines()[0]!r}", flush=True)

    body = PAGE.encode()
    head = (
        "HTTP/1.1 200 OK\r\n"  # 响应行：版本、状态码、说明
        "Content-Type: text/html; charset=utf-8\r\n"  # 这是网页，用 UTF-8 编码
        f"Content-Length: {len(body)}\r\n"  # 响应体有多少字节
        "Connection: close\r\n"  # 说完就挂断
        "\r\n"  # 空行：头到这里为止
    )
    for line in head.splitlines():
        print(f"响应：{line}", flush=True)
    if request.startswith(b"HEAD "):  # HEAD 只要响应头
        body = b""
    connection.sendall(head.encode() + body)


def serve_forever() -> None:
    """一个接一个地服务。"""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(ADDRESS)
        listener.listen(16)
        print("在 0.0.0.0:8000 服务，请打开 http://127.0.0.1:8000/，按 ctrl-c 结束。", flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    serve(connection)
                except OSError as error:  # 超时、对方突然断开：不要紧，等下一位
                    print(f"这位没有说完就不说了：{error}", flush=True)


def wake(number: int, frame: object) -> None:
    """什么也不做，醒一下就够了。"""


def stop(number: int, frame: object) -> None:
    """收到 ctrl-c 或 kill 就结束程序；再按几次也不要紧。"""
    for each in STOP:
        signal.signal(each, wake)
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise KeyboardInterrupt


def listen_for_stop() -> None:
    """接管 ctrl-c 和 kill。"""
    for each in STOP:
        signal.signal(each, stop)
    # ctrl-c 可能正好在 accept、recv 睡下的前一刻到来，就没人理它了：
    # 请闹钟（SIGALRM）每 0.2 秒叫醒一次，让 Python 看一眼有没有 ctrl-c
    signal.signal(signal.SIGALRM, wake)
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)


def main() -> None:
    try:
        listen_for_stop()
        serve_forever()
    except KeyboardInterrupt:
        print("\n服务结束，再见！", flush=True)
    except OSError as error:
        sys.exit(f"开不了 8000 端口：{error}\n谁占着它？看一看：sudo lsof -i :8000")


if __name__ == "__main__":
    main()
