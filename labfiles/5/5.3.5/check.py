"""Checks 5.3.5: messages framed by a delimiter and by a length header, sent joined and cut at seeded places."""

from __future__ import annotations

import random
import struct
from contextlib import suppress
from itertools import pairwise

from lab.checking import Client, Failure, Server, Work

FILE, PORT = "framing.py", 8888
WORDS = ("苹果", "banana", "樱桃", "grape", "西瓜", "peach", "石榴", "lemon", "柿子", "mango")
WAYS = {"delimiter": "分隔符", "header": "长度头部"}
ONE = {
    "delimiter": "每收到一条，就回答一条，后面加上换行。",
    "header": "头部是 4 个字节，长度数的是字节，不是字：先 encode，再 len，再 HEADER.pack。",
}
JOINED = {
    "delimiter": "发送三次，不等于 recv 三次：一次可能收到好几条。放进 buffer，用 while END in buffer 一条一条取出来。",
    "header": "一次可能收到好几条：先正好收 4 个字节的头部，再正好收那么长的正文，多的不要收。",
}
CUT = {
    "delimiter": "recv 可能只收到半条：没有见到换行，就先留在 buffer 里，等下一次 recv。",
    "header": "recv(n) 最多收 n 个字节，常常更少，头部也会被切开：在循环里收够为止。",
}
DECODE = "一个汉字有 3 个字节，可能被切开：收到的字节先不要 decode，凑齐了整条消息再 decode。"
GONE = '对方离开以后，recv 每次都马上得到 b""：遇到它就要离开循环（receive_exactly 里 raise EOFError）。'


def check(work: Work) -> None:
    """The same for both ways, each with a server of its own."""
    for way, name in WAYS.items():
        rng = work.rng(way)
        work.step(f"{name}：一条一条地来")
        with work.server(FILE, PORT, way) as server:
            first, second = words(rng, 2)
            with server.client() as client:
                for number, text in enumerate((first, second), start=1):
                    client.send(pack(way, text))
                    expect(server, client, way, number, text, ONE[way])
            work.step(f"{name}：三条粘在一起")
            talk(server, way, words(rng, 3), [], JOINED[way])
            work.step(f"{name}：一条切成几段")
            text = f"葡萄{rng.randrange(100, 1000)}"
            # In the header, in the middle of a letter of three bytes, and somewhere behind it.
            head = 4 if way == "header" else 0
            places = [2, head + rng.choice((1, 2, 4, 5)), head + rng.choice((6, 7))]
            talk(server, way, [text], places, CUT[way])
            work.step(f"{name}：又粘又切")
            texts = [*words(rng, 3), "长" * rng.randrange(400, 500), *words(rng, 1)]
            texts += ["两行\n消息", "", "完"] if way == "header" else ["", "完"]
            length = len(stream(way, texts))
            talk(server, way, texts, rng.sample(range(1, length), 9), CUT[way])
            work.step(f"{name}：对方说到一半离开，接着服务下一位")
            with server.client("说到一半的客户端") as client:
                client.send(pack(way, "再见")[:-2])
            talk(server, way, words(rng, 1), [], GONE)
            server.stop()


def words(rng: random.Random, count: int) -> list[str]:
    """Return different short messages."""
    return [f"{word}{rng.randrange(100)}" for word in rng.sample(WORDS, count)]


def pack(way: str, text: str) -> bytes:
    """Return one message as it travels."""
    body = text.encode()
    return struct.pack("!I", len(body)) + body if way == "header" else body + b"\n"


def stream(way: str, texts: list[str]) -> bytes:
    """Return messages as they travel, one right behind the other."""
    return b"".join(pack(way, text) for text in texts)


def talk(server: Server, way: str, texts: list[str], places: list[int], hint: str) -> None:
    """Send messages as one stream that is cut at some places; expect an answer to each."""
    data = stream(way, texts)
    ends = [0, *sorted(set(places)), len(data)]
    with server.client() as client:
        for begin, end in pairwise(ends):
            client.send(data[begin:end])
            # The next piece must not join this one. A server that reads nothing at all is still busy
            # with the client before.
            client.wait_until_read(hint if begin else GONE)
        for number, text in enumerate(texts, start=1):
            expect(server, client, way, number, text, hint)


def expect(server: Server, client: Client, way: str, number: int, text: str, hint: str) -> None:
    """Expect the answer to one message."""
    try:
        client.receive(pack(way, f"第 {number} 条：{text}"), hint)
    except Failure as failure:
        shown = text if len(text) < 20 else f"{text[:10]}…（{len(text)} 个字）"
        failure.actual = f"第 {number} 条消息（{shown!r}）没有得到对的回答。\n{failure.actual}"
        failure.expected = f"回答“第 {number} 条：{shown}”，不多也不少"
        with suppress(Failure):
            server.program.wait_until(
                lambda: not server.program.alive(), expected="", hint="", idle_timeout=0.5
            )
        printed = server.program.printed()
        if "UnicodeDecodeError" in printed:
            failure.actual = f"{failure.actual}\n{printed}"
            failure.hint = DECODE
        raise
