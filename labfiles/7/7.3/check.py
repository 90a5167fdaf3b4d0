"""Checks 7.3: a server of static files, by what it answers; a neighbour's folder, or one file more, must be no answer."""

from __future__ import annotations

import os
import random
import struct
import zlib
from contextlib import ExitStack, suppress
from pathlib import PurePosixPath
from urllib.parse import quote

from lab.checking import Server, Work
from lab.checking.http import Response, ask, receive, request

FILE, PORT, ROOT = "site.py", 8000, "static"
KINDS = {".html": "text/html", ".css": "text/css", ".txt": "text/plain", ".png": "image/png"}
TOPICS = ("进程", "线程", "协议", "套接字", "文件")
SECRET = "secret.txt"
WINDOW = "window.txt"
OUTSIDE = "resolve() 消去 .. 并跟着链接走到头，得到真正的位置，再用 is_relative_to(ROOT) 看它在不在里面：先 unquote，再看。"


def pages(work: Work) -> dict[str, bytes]:
    """Return this student's site: what stands in each file by its path."""
    rng = work.rng("site")
    one, two = rng.sample(TOPICS, 2)
    number = rng.randrange(100, 1000)
    html = "<!DOCTYPE html>\n<meta charset='utf-8'>\n<link rel='stylesheet' href='/style.css'>\n"
    return {
        "index.html": f"{html}<title>首页</title>\n<h1>{one}和{two}</h1>\n"
        f"<p><a href='/{quote(one)}.html'>{one}</a> <a href='/notes/'>笔记</a></p>\n"
        f"<img src='/p{number}.png' alt='方块'>\n".encode(),
        f"{one}.html": f"{html}<title>{one}</title>\n<h1>{one} {number}</h1>\n".encode(),
        "style.css": f"h1 {{ color: #{rng.randrange(0x100000, 0x800000):06x}; }}\n".encode(),
        f"p{number}.png": picture(rng),
        "notes/index.html": f"{html}<title>笔记</title>\n<h1>{two}</h1>\n".encode(),
        f"notes/{number}.txt": f"{two}：第 {number} 页\n".encode(),
    }


def picture(rng: random.Random) -> bytes:
    """Return a square in one colour as PNG; see the PNG specification, section 11."""
    colour = bytes(rng.randrange(64, 256) for _ in range(3))
    rows = b"".join(b"\0" + colour * 32 for _ in range(32))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
        )

    head = struct.pack("!IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
    # A comment with what ends an HTTP head in it: a body is bytes, whatever stands in them.
    parts = (
        (b"IHDR", head),
        (b"tEXt", b"Comment\0\r\n\r\n"),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def setup(work: Work) -> None:
    """Lay the site, something beside it that nobody may have, and a link to that."""
    for name, data in pages(work).items():
        work.create_file(f"{ROOT}/{name}", data)
    work.create_file(SECRET, f"这里的话谁也不能看：{work.rng('secret').randrange(10**9)}\n")
    with suppress(FileExistsError):
        os.symlink(f"../{SECRET}", work.path(f"{ROOT}/{WINDOW}"))


def check(work: Work) -> None:
    """Each rule of the guide's table, then many at once."""
    hint = f"少了它：lab reset {work.lab} 会先存好你的文件，再放回来。"
    site = {name: work.data(f"{ROOT}/{name}", hint) for name in pages(work)}
    names = list(site)
    with work.server(FILE, PORT) as server:
        work.step("首页：/ 就是 index.html")
        expect_file(
            ask(server, "/"),
            site["index.html"],
            ".html",
            "以 / 结尾的，找那个文件夹里的 index.html。",
        )
        work.step("每个文件：内容和 Content-Type 都对")
        for name in names:
            hint = f"{name} 在 {ROOT} 文件夹里：先 unquote，再和 ROOT 接起来，用 read_bytes() 读。"
            expect_file(
                ask(server, "/" + quote(name)), site[name], PurePosixPath(name).suffix, hint
            )
        hint = '? 后面的不是文件名：partition("?")[0]。'
        expect_file(ask(server, "/style.css?v=2"), site["style.css"], ".css", hint)
        expect_file(
            ask(server, "/notes/"),
            site["notes/index.html"],
            ".html",
            "别的文件夹也一样：/notes/ 是 notes/index.html。",
        )
        work.step("HEAD：只有响应头，和 GET 的一样")
        got, head = ask(server, "/style.css"), ask(server, "/style.css", "HEAD")
        same = all(
            head.headers.get(n) == got.headers.get(n) for n in ("content-type", "content-length")
        )
        head.require_status(200, "HEAD 也是允许的方法。")
        head.require(
            same,
            f"响应头是 {head.headers}",
            f"和 GET 的一样：{got.headers}",
            "Content-Length 还是文件的大小，只是不发响应体。",
        )
        work.step("404：没有的文件、文件夹")
        for target in (
            f"/{work.rng('lost').randrange(1000)}.html",
            "/notes/lost.txt",
            "/notes",
            "/" + "a" * 300,
            "/%00",
        ):
            ask(server, target).require_status(
                404,
                '没有这个文件，或者它是文件夹、名字不可能：find 里 raise Problem("404 Not Found")。',
            )
        work.step("404：文件夹外面的，一个字节也不给")
        for target in (
            f"/../{SECRET}",
            f"/%2e%2e/{SECRET}",
            f"/notes/..%2f../../{SECRET}",
            f"/{WINDOW}",
            "//etc/hostname",
        ):
            outside = ask(server, target, name="想看外面的客人")
            outside.require(
                "谁也不能看".encode() not in outside.body,
                f"{target} 得到了 {SECRET} 的内容",
                "404，一个字节也不给",
                OUTSIDE,
            )
            outside.require_status(404, OUTSIDE)
        work.step("405：只看不改")
        for method in ("POST", "DELETE"):
            refused = ask(server, "/", method)
            refused.require_status(
                405, '方法不是 GET、HEAD 的，raise Problem("405 Method Not Allowed")。'
            )
            allow = {one.strip() for one in refused.headers.get("allow", "").split(",")}
            refused.require(
                allow == {"GET", "HEAD"},
                f"响应头是 {refused.headers}",
                "响应头里有 Allow: GET, HEAD",
                "405 要用 Allow 说可以用什么。",
            )
        work.step("400：看不懂的请求")
        for data in (
            b"HELLO\r\n\r\n",
            b"GET /\r\n\r\n",
            b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
            b"GET style.css HTTP/1.1\r\n\r\n",
        ):
            with server.client("说不清楚的客人") as client:
                client.send(data)
                receive(client).require_status(
                    400,
                    "请求行是三样：方法、/ 开头的资源、HTTP/1.几；每个请求头都有冒号。不然就是 400。",
                )
        check_many(work, server, site)
        work.step("还有人连着，按 ctrl-c 也干净地结束")
        with server.client("说到一半的客人") as client:
            client.send(b"GET /")
            client.wait_until_read("accept 以后马上开一个线程去 serve。")
            server.stop("线程要设成 daemon=True，ctrl-c 不用等它们。")


def expect_file(got: Response, content: bytes, suffix: str, hint: str) -> None:
    """Expect exactly this content, under its type."""
    got.require_status(200, hint)
    kind, _, rest = got.headers.get("content-type", "").replace(" ", "").lower().partition(";")
    text = suffix != ".png"
    wanted = KINDS[suffix] + ("; charset=utf-8" if text else "")
    right = kind == KINDS[suffix] and (rest == "charset=utf-8" if text else not rest)
    shown = got.headers.get("content-type") or "（没有）"
    got.require(
        right,
        f"Content-Type 是 {shown}",
        f"Content-Type 是 {wanted}",
        "按后缀从 KINDS 里找：KINDS.get(path.suffix, OTHER)。",
    )
    got.require(
        got.body == content,
        f"响应体 {len(got.body)} 字节，不是这个文件",
        f"正好是文件的 {len(content)} 字节",
        hint,
    )


def check_many(work: Work, server: Server, site: dict[str, bytes]) -> None:
    """A silent one, a slow one, one that leaves half-way, and many that ask at once."""
    threads = "每个连接一个线程：accept 以后 Thread(target=serve, args=(conn,), daemon=True).start()，马上接下一个。"
    work.step("有人不说话、有人慢，谁也不耽误别人")
    with ExitStack() as stack:
        stack.enter_context(server.client("不说话的客人"))
        slow = stack.enter_context(server.client("慢吞吞的浏览器"))
        whole = request("/style.css")
        slow.send(whole[:11])
        leaver = stack.enter_context(server.client("说到一半就走的客人"))
        leaver.send(b"GET / HT")
        leaver.socket.close()
        crowd = [stack.enter_context(server.client(f"第 {n} 个浏览器")) for n in range(1, 9)]
        for client in crowd:
            client.send(request("/"))
        for client in crowd:
            expect_file(receive(client, hint=threads), site["index.html"], ".html", threads)
        slow.expect_silence(
            0.2, "请求还没有说完，先等着", "一直收到空行（\\r\\n\\r\\n），再拆请求。"
        )
        slow.send(whole[11:])
        expect_file(
            receive(slow), site["style.css"], ".css", "一次 recv 不一定收全一个请求：一直收到空行。"
        )
