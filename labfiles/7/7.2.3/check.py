"""Checks 7.2.3: requests taken apart as RFC 9112 has them, complete ones and broken ones."""

from __future__ import annotations

import ast
from typing import Any

from lab.checking import Work

BOOKS = ("网络编程", "操作系统", "数据库", "算法", "后端开发")
OUTCOME = """
def outcome(data):
    try:
        return repr(request.parse(data))
    except ValueError:
        return "ValueError"
"""


def check(work: Work) -> None:
    """Good requests part by part, then those that have to be refused."""
    rng = work.rng("requests")
    book, number, port = (
        rng.choice(BOOKS),
        rng.randrange(10, 1000),
        rng.randrange(8001, 9000),
    )
    host = f"127.0.0.1:{port}"
    work.step("GET：请求行是三样东西")
    target = f"/book/{number}?page={rng.randrange(2, 9)}"
    got = read(work, f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    line = "请求行用空格隔开：方法、资源、版本。资源原样留着，? 后面的也在里面。"
    got.expect({"method": "GET", "target": target, "version": "HTTP/1.1"}, line)
    got.expect({"body": b""}, "没有 Content-Length，就没有请求体：空字节串。")
    work.step("请求头：值里可以有冒号")
    got = read(work, f"GET / HTTP/1.1\r\nhost: {host}\r\naccept:*/*\r\n\r\n".encode())
    hint = "值里也可能有冒号：用 partition 在第一个冒号处切开，再用 strip 去掉两头的空格。"
    got.expect({"headers": {"host": host, "accept": "*/*"}}, hint)
    work.step("请求头：名字不分大小写")
    body = f"name={book}&n={number}".encode()
    head = f"PUT /book HTTP/1.0\r\nHOST: {host}\r\ncontent-LENGTH: {len(body)}\r\n\r\n".encode()
    got = read(work, head + body)
    hint = "请求头的名字不分大小写：用 lower 都变成小写，再放进字典。"
    got.expect({"headers": {"host": host, "content-length": str(len(body))}}, hint)
    got.expect({"version": "HTTP/1.0"}, line)
    work.step("POST：请求体是字节")
    head = f"POST /book HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    bytes_look = "请求体是字节，Content-Length 数的也是字节：切好以前不要 decode。"
    read(work, head + body).expect({"method": "POST", "body": body}, bytes_look)
    body = bytes([0xFF, 0xD8, 0x00, *rng.randbytes(20), 0xFF, 0xD9])
    head = f"PUT /picture HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    binary = "请求体不一定是文字（这里像一张图片）：只把空行前面的头 decode，体留着字节。"
    read(work, head + body).expect({"body": body}, binary)
    work.step("请求体里也可以有空行")
    body = f"第一段\r\n\r\n第二段 {number}\r\n\r\n".encode()
    head = f"POST /note HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    hint = "头到第一个空行为止，后面的空行都是请求体里的：用 partition 只切一次。"
    read(work, head + body).expect({"body": body}, hint)
    work.step("请求体后面的，是下一个请求的")
    hint = "请求体正好 Content-Length 个字节，多的不是它的：rest[:size]。"
    read(work, head + body + b"GET / HTTP/1.1\r\n").expect({"body": body}, hint)
    hint = "没有 Content-Length，就没有请求体，空行后面的是下一个请求的。"
    read(work, b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2").expect({"body": b""}, hint)
    work.step("不完整、不合格式的，引发 ValueError")
    read(work, b"GET / HTTP/1.1\r\nHost: local").refuse(
        "没有空行：请求头还没有说完，先看找没找到空行。"
    )
    read(work, head + body[:-1]).refuse("请求体少一个字节：还没有收完，也是 ValueError。")
    read(work, b"GET /\r\nHost: a\r\n\r\n").refuse(
        "请求行只有两样：数一数，不是三样就是 ValueError。"
    )
    read(work, b"GET /a b HTTP/1.1\r\n\r\n").refuse(
        "请求行有四样：数一数，不是三样就是 ValueError。"
    )
    bad = f"GET / HTTP/1.1\r\n{book}\r\n\r\n".encode()
    read(work, bad).refuse("有一行请求头没有冒号：partition 的第二项是空的，就是 ValueError。")


class Answer:
    """What parse makes of some bytes."""

    def __init__(self, work: Work, data: bytes, answer: str) -> None:
        """Keep it with what it was made of."""
        self.work = work
        self.command = shown(data)
        self.answer = answer

    def expect(self, wanted: dict[str, Any], hint: str) -> None:
        """Expect a dictionary with these values in it."""
        try:
            found = ast.literal_eval(self.answer)
        except (ValueError, SyntaxError):
            found = None
        for name, value in wanted.items():
            actual = (
                f"{name} 是 {found[name]!r}" if isinstance(found, dict) and name in found else ""
            )
            self.work.require(
                actual and type(found[name]) is type(value) and found[name] == value,
                command=self.command,
                actual=actual or f"得到 {self.answer[:300]}",
                expected=f"{name} 是 {value!r}",
                hint=hint,
            )

    def refuse(self, hint: str) -> None:
        """Expect ValueError."""
        self.work.require(
            self.answer == "ValueError",
            command=self.command,
            actual=f"parse 返回了 {self.answer[:300]}",
            expected="引发 ValueError",
            hint=hint,
        )


def read(work: Work, data: bytes) -> Answer:
    """Have parse take bytes apart."""
    answer = work.evaluate(
        "request",
        f"outcome({data!r})",
        before=OUTCOME,
        expected="parse 返回一个字典，或者引发 ValueError",
        hint="parse 引发了别的异常：切开以后先看看得到了什么。请求体不一定是文字，不要 decode。",
        shown=shown(data),
    )
    return Answer(work, data, answer)


def shown(data: bytes) -> str:
    """Return what a student can type to see the same."""
    return f"print(request.parse({data!r}))"
