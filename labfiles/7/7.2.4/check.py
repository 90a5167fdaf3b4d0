"""Checks 7.2.4: a page whose picture comes from the same server, byte for byte."""

from __future__ import annotations

import struct
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from lab.checking import Work
from lab.checking.http import ask, receive, request

FILE, PORT = "page.py", 8000
PICTURE = "picture.jpg"


class Pictures(HTMLParser):
    """Collects the addresses of a page's pictures."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a picture comes from."""
        if tag == "img":
            self.sources.append(dict(attrs).get("src") or "")


def setup(work: Work) -> None:
    """Lay a picture that is this student's own: a comment stands in it (ISO/IEC 10918-1, B.2.4.5)."""
    data = work.original(f"examples/{PICTURE}")
    comment = f"{work.lab} {work.rng('picture').randrange(10**12)}".encode()
    mark = b"\xff\xfe" + struct.pack("!H", 2 + len(comment)) + comment
    work.create_file(PICTURE, data[:2] + mark + data[2:])


def check(work: Work) -> None:
    """Ask as a browser does: the page, then what stands in it."""
    picture = work.data(PICTURE, f"原来的图片在 ~/labs/{work.lab}/examples 里，可以复制一份过来。")
    with work.server(FILE, PORT) as server:
        work.step("/ 是一个网页：200 OK，text/html，UTF-8")
        page = ask(server, "/")
        page.require_status(200, '响应行是 "HTTP/1.1 200 OK"。')
        kind = page.headers.get("content-type", "")
        page.require(
            kind.replace(" ", "").lower() == "text/html;charset=utf-8",
            f"Content-Type 是 {kind or '（没有）'}",
            "Content-Type 是 text/html; charset=utf-8",
            "不说编码，浏览器可能把汉字猜错。",
        )
        work.step("网页里有一张图片")
        parser = Pictures()
        parser.feed(page.body.decode("utf-8", "replace"))
        page.require(
            parser.sources,
            "网页里没有 <img>",
            "网页里有一张图片",
            '在 PAGE 里加上 <img src="/picture.jpg" alt="…">。',
        )
        target = urlsplit(urljoin("/", parser.sources[0])).path
        work.step("图片也从这个服务端来：image/jpeg，一个字节不差")
        image = ask(server, target)
        image.require_status(200, f"浏览器看到 <img> 就来要 {target}：answer 里要认得它。")
        kind = image.headers.get("content-type", "")
        image.require(
            kind == "image/jpeg",
            f"Content-Type 是 {kind or '（没有）'}",
            "Content-Type 是 image/jpeg",
            "浏览器凭 Content-Type 认出图片，不看名字。",
        )
        image.require(
            image.body == picture,
            f"收到 {len(image.body)} 字节，和 {PICTURE}（{len(picture)} 字节）不一样",
            f"正好是 {PICTURE} 的字节",
            "图片用 read_bytes() 读，原样发出去，不要 decode、encode。",
        )
        work.step("别的都是 404")
        for other in ("/favicon.ico", f"/{work.rng('other').randrange(1000)}.jpg"):
            ask(server, other).require_status(404, f"没有 {other}：回答 404 Not Found。")
        work.step("请求分几段来")
        with server.client("慢吞吞的浏览器") as slow:
            whole = request("/")
            slow.send(whole[:9])
            slow.expect_silence(
                0.3, "请求还没有说完，先等着", "一直收到空行（\\r\\n\\r\\n），再回答。"
            )
            slow.send(whole[9:])
            again = receive(slow)
        again.require(
            again.status == 200 and again.body == page.body,
            f"状态码 {again.status}，响应体 {len(again.body)} 字节",
            "和一次说完的请求得到的一样",
            "一次 recv 不一定收全一个请求：一直收到空行，再拆请求行。",
        )
        work.step("没有说话就走的客人，不影响下一位")
        with server.client("不说话的客人") as silent:
            silent.end()
            ask(server, "/").require_status(200, "recv 得到空的就不再等，去服务下一位。")
        work.step("按 ctrl-c 干净地结束")
        server.stop()
