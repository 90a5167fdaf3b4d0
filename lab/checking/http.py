"""Asks a student's HTTP server and takes its answer apart, telling which part is wrong.

See RFC 9112, sections 2 and 4, for the parts of a response and RFC 9110, section 8.6, for Content-Length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from lab.checking.server import Client, Server

_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?")
_HANG_UP: Final = "一次连接回答一个请求，然后服务器关闭连接"
_WHEN: Final = "请求收到空行就到齐了，马上回答；回答完要关闭连接（with 连接: 或者 close），浏览器才知道说完了。"


class Response(NamedTuple):
    """An answer: header names in lower case; `client` is who received it, for failures."""

    client: Client
    status: int
    headers: dict[str, str]
    body: bytes

    def require(self, condition: object, actual: str, expected: str, hint: str) -> None:
        """Fail unless the condition holds."""
        self.client.require(condition, actual, expected, hint)

    def require_status(self, status: int, hint: str) -> None:
        """Fail unless it has this status."""
        self.require(self.status == status, f"状态码是 {self.status}", f"状态码是 {status}", hint)


def ask(server: Server, target: str, method: str = "GET", name: str = "浏览器") -> Response:
    """Send one whole request on a connection of its own; return the answer."""
    with server.client(name) as client:
        client.send(request(target, method))
        return receive(client, method)


def request(target: str, method: str = "GET") -> bytes:
    """Return a request as a browser sends it."""
    return f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()


def receive(client: Client, method: str = "GET", hint: str = _WHEN) -> Response:
    """Receive an answer to its end, which is where the server hangs up; fail unless it is well-formed.

    `look` is for when no end comes.
    """
    data = client.receive_all(_HANG_UP, hint)

    shown = repr(data[:200])
    client.require(
        data, "没有收到任何回答", "一个 HTTP 响应", "连接关闭以前，用 sendall 把响应发出去。"
    )
    head, blank, body = data.partition(b"\r\n\r\n")
    line_ends = "HTTP 每行以 \\r\\n 结束，空行也是 \\r\\n，不是单独的 \\n。"
    forgotten = "响应头和响应体之间要有一个空行：最后一个响应头后面是 \\r\\n\\r\\n。"
    early = b"\n\n" in data and data.index(b"\n\n") < len(head)
    client.require(
        blank and not early,
        f"找不到空行：{shown}",
        "响应行、响应头、空行、响应体",
        line_ends if b"\n\n" in data else forgotten,
    )
    first, *lines = head.split(b"\r\n")
    found = _STATUS.fullmatch(first)
    client.require(
        found,
        f"响应行是 {first!r}",
        "HTTP/1.1 200 OK 这样的响应行",
        "版本、状态码、说明，用空格隔开。",
    )
    assert found
    headers: dict[str, str] = {}
    for line in lines:
        field, colon, value = line.decode("latin-1").partition(":")
        right = colon and field and not set(field) & set(" \t\n") and "\n" not in value
        client.require(
            right,
            f"响应头里有一行 {line!r}",
            "每行一个响应头，名字: 值",
            f"{forgotten}\n{line_ends}",
        )
        headers[field.lower()] = value.strip()
    size = headers.get("content-length", "")
    client.require(
        size.isdecimal() and (method == "HEAD" or int(size) == len(body)),
        f"Content-Length 是 {size or '（没有）'}，响应体有 {len(body)} 字节",
        "Content-Length 就是响应体的字节数",
        "Content-Length 数的是字节，不是字：先 encode，再 len；图片直接 len(字节)。",
    )
    client.require(
        method != "HEAD" or not body,
        f"HEAD 得到了 {len(body)} 字节的响应体",
        "HEAD 只有响应头，和 GET 的一样",
        "方法是 HEAD 的时候，只发响应头。",
    )
    return Response(client, int(found[1]), headers, body)
