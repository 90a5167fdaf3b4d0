"""看看浏览器到底发来了什么：把每个 HTTP 请求原样打印出来，再回一个小网页。

监听 0.0.0.0:8000，按 ctrl-c 结束。行末的 \\r\\n 平时看不见，这里也打印出来。
"""

import html
import signal
import socket
import sys

ADDRESS = ("0.0.0.0", 8000)
STOP = (signal.SIGINT, signal.SIGTERM)  # ctrl-c 和 kill
PATIENCE = 3.0  # 浏览器有时多连一次又不说话，最多等它 3 秒
LIMIT = 64 * 1024  # 请求再长也只收这么多字节
PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><meta charset="utf-8"><title>你的请求</title>
<h1>你好！你发来的请求是这样的：</h1>
<pre>{}</pre>
"""


def receive(connection: socket.socket) -> bytes:
    """先收到空行为止，再按 Content-Length 收完请求体。"""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < LIMIT:
        piece = connection.recv(4096)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    size = min(body_size(head), LIMIT)
    while len(body) < size:
        piece = connection.recv(4096)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


def body_size(head: bytes) -> int:
    """请求头里说请求体有多少字节；没有说就是 0。"""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return 0


def visible(data: bytes) -> str:
    """变成能打印的字：看不见的字符写成 \\r 这样的形式。"""
    text = data.decode(errors="backslashreplace")
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def describe(request: bytes) -> str:
    """请求的四个部分，一行一行写出来。"""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    lines = [f"请求行  {visible(first)}\\r\\n"]
    lines += [f"请求头  {visible(line)}\\r\\n" for line in headers]
    lines += ["空行    \\r\\n", f"请求体  {visible(body) if body else '（没有）'}"]
    return "\n".join(lines)


def serve(connection: socket.socket) -> None:
    """收一个请求，打印，回答，然后挂断。"""
    connection.settimeout(PATIENCE)
    request = receive(connection)
    if not request:
        print("（连上了，又什么也没说就走了）\n", flush=True)
        return
    words = describe(request)
    print(f"{words}\n", flush=True)
    page = PAGE.format(html.escape(words)).encode()
    head = (
        "HTTP/1.1 200 OK\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(page)}\r\n"
        "Connection: close\r\n"
        "\r\n"
    )
    connection.sendall(head.encode() + (b"" if request.startswith(b"HEAD ") else page))


def serve_forever() -> None:
    """一个接一个地服务。"""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(ADDRESS)
        listener.listen(16)
        print("在 0.0.0.0:8000 等浏览器，请打开 http://127.0.0.1:8000/", flush=True)
        print("按 ctrl-c 结束。\n", flush=True)
        while True:
            connection, (host, port) = listener.accept()
            print(f"—— {host}:{port} 连上了 ——", flush=True)
            with connection:
                try:
                    serve(connection)
                except TimeoutError:
                    print(f"（等了 {PATIENCE:.0f} 秒没有说完，挂断）\n", flush=True)
                except OSError as error:
                    print(f"（对方突然断开：{error}）\n", flush=True)


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
        print("\n不再等了，再见！", flush=True)
    except OSError as error:
        sys.exit(f"开不了 8000 端口：{error}\n谁占着它？看一看：sudo lsof -i :8000")


if __name__ == "__main__":
    main()
