"""练习 7.1.2：从字节里读出 TCP 头部。

做完以后检查：lab check 7.1.2
"""

import struct  # noqa: F401
from typing import Any

# 标志各占一位：字节里哪一位是 1，就有哪个标志。按这个次序列出来
FLAGS = {0x02: "SYN", 0x10: "ACK", 0x01: "FIN", 0x04: "RST", 0x08: "PSH", 0x20: "URG"}

SAMPLE = "9c 40 22 b8 00 00 03 e9 00 00 13 89 50 18 fa f0 00 00 00 00 e4 bd a0 e5 a5 bd"


def decode(data: bytes) -> dict[str, Any]:
    """拆开一个 TCP 报文段，返回一个字典。

    source 源端口，target 目的端口，seq 序号，ack 确认号，size 头部有几个字节，
    flags 标志的名字组成的列表，data 头部后面的数据（bytes）。
    不是一个完整的 TCP 头部，就引发 ValueError。
    """
    # TODO 1：不到 20 个字节，就 raise ValueError("……")
    # TODO 2：用 struct.unpack 读出 source、target、seq、ack
    # TODO 3：data[12] 的高 4 位是头部有几个“4 字节”，算出 size；小于 20、大于 len(data) 都是 ValueError
    # TODO 4：data[13] 是标志，按 FLAGS 的次序列出名字
    # TODO 5：头部后面的是数据
    return {"source": 0, "target": 0, "seq": 0, "ack": 0, "size": 0, "flags": [], "data": b""}


def main() -> None:
    """拆一个现成的报文段。"""
    for name, value in decode(bytes.fromhex(SAMPLE)).items():
        print(f"{name:>7} = {value!r}")


if __name__ == "__main__":
    main()
