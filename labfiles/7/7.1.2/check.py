"""Checks 7.1.2: TCP headers taken apart, made of this student's numbers; see RFC 9293, section 3.1."""

from __future__ import annotations

import ast
import random
import struct
from typing import Any

from lab.checking import Work

BITS = {"SYN": 0x02, "ACK": 0x10, "FIN": 0x01, "RST": 0x04, "PSH": 0x08, "URG": 0x20}
LOOKS = {
    "source": "端口各占 2 个字节，网络字节序：struct.unpack 的格式以 ! 开头，2 个字节是 H。",
    "target": "目的端口是第 3、第 4 个字节，紧跟在源端口后面。",
    "seq": "序号占 4 个字节，格式是 I；它在确认号前面。",
    "ack": "确认号占 4 个字节，格式是 I；它在序号后面。",
    "size": "data[12] 的高 4 位数的是“4 个字节”：右移 4 位，再乘 4。",
    "flags": "一个字节里有好几个标志：用 data[13] & bit 一位一位地看，按 FLAGS 的次序列出名字。",
    "data": "数据从头部后面开始，头部不总是 20 个字节：data[size:]。",
}
OUTCOME = """
def outcome(text):
    try:
        return repr(segment.decode(bytes.fromhex(text)))
    except ValueError:
        return "ValueError"
"""


def make(
    rng: random.Random, flags: list[str], options: int, data: bytes
) -> tuple[bytes, dict[str, Any]]:
    """Return a segment with that many words of options, and what it says."""
    said = {
        "source": rng.randrange(0x8001, 0xFFFF),
        "target": rng.randrange(1025, 0x8000),
        "seq": rng.randrange(2**24, 2**32),
        "ack": rng.randrange(2**24, 2**32) if "ACK" in flags else 0,
        "size": 20 + 4 * options,
        "flags": flags,
        "data": data,
    }
    bits = sum(BITS[name] for name in flags)
    # The four bits behind the length are reserved; a reader has to pass over them.
    length = (5 + options) << 4 | rng.randrange(16)
    window, checksum = (rng.randrange(2**16) for _ in range(2))
    ports_and_numbers = (said["source"], said["target"], said["seq"], said["ack"])
    head = struct.pack("!HHIIBBHHH", *ports_and_numbers, length, bits, window, checksum, 0)
    return head + b"\x02\x04\x05\xb4" * options + data, said


def check(work: Work) -> None:
    """A whole connection, then what is no header."""
    rng = work.rng("segments")
    text = f"你好 {rng.randrange(1000)}".encode()
    work.step("握手：SYN，带着选项")
    compare(work, *make(rng, ["SYN"], 5, b""))
    work.step("握手：SYN 和 ACK")
    compare(work, *make(rng, ["SYN", "ACK"], 1, b""))
    work.step("数据：头部 20 个字节，后面是数据")
    compare(work, *make(rng, ["ACK", "PSH"], 0, text))
    work.step("数据：头部里有选项，后面是数据")
    compare(work, *make(rng, ["ACK", "PSH"], 3, text))
    work.step("挥手和强行断开")
    compare(work, *make(rng, ["ACK", "FIN"], 0, b""))
    compare(work, *make(rng, ["ACK", "RST"], 0, b""))
    work.step("不是 TCP 头部的，引发 ValueError")
    whole, _ = make(rng, ["ACK"], 2, b"")
    refuse(work, whole[:19], "只有 19 个字节", "先看长度：if len(data) < 20: raise ValueError(…)。")
    refuse(work, b"", "一个字节也没有", "先看长度：if len(data) < 20: raise ValueError(…)。")
    cut = "头部说自己有 28 个字节，可是收到的没有这么多：size > len(data) 也是 ValueError。"
    refuse(work, whole[:24], "头部被切断了", cut)
    small = whole[:12] + b"\x40" + whole[13:]
    refuse(
        work, small, "头部长度说只有 16 个字节", "头部至少 20 个字节：size < 20 也是 ValueError。"
    )


def read(work: Work, data: bytes) -> str:
    """Return what decode answers, as Python writes it."""
    text = data.hex(" ")
    answer: str = work.evaluate(
        "segment",
        f"outcome({text!r})",
        before=OUTCOME,
        expected="decode 返回一个字典，或者引发 ValueError",
        hint="decode 引发了别的异常：先看长度，再读。",
        shown=shown(data),
    )
    return answer


def shown(data: bytes) -> str:
    """Return what a student can type to see the same."""
    return f'print(segment.decode(bytes.fromhex("{data.hex(" ")}")))'


def compare(work: Work, data: bytes, said: dict[str, Any]) -> None:
    """Compare one field after the other, so that the message names the field."""
    answer = read(work, data)
    try:
        found = ast.literal_eval(answer)
    except (ValueError, SyntaxError):
        found = None
    work.require(
        isinstance(found, dict) and set(said) <= set(found),
        command=shown(data),
        actual=f"得到 {answer[:300]}",
        expected=f"一个字典，里面有 {'、'.join(said)}",
        hint=f"这是一个完整的头部：长度算对了吗？{LOOKS['size']}"
        if answer == "ValueError"
        else "返回一个字典，名字照着 decode 的说明写。",
    )
    for name, value in said.items():
        work.require(
            type(found[name]) is type(value) and found[name] == value,
            command=shown(data),
            actual=f"{name} 是 {found[name]!r}",
            expected=f"{name} 是 {value!r}",
            hint=LOOKS[name],
        )


def refuse(work: Work, data: bytes, what: str, hint: str) -> None:
    """Expect ValueError."""
    answer = read(work, data)
    work.require(
        answer == "ValueError",
        command=shown(data),
        actual=f"{what}，decode 却返回了 {answer[:300]}",
        expected="引发 ValueError",
        hint=hint,
    )
