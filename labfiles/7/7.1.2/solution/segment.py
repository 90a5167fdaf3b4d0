"""练习 7.1.2 的解答：从字节里读出 TCP 头部。"""

import struct
from typing import Any

FLAGS = {0x02: "SYN", 0x10: "ACK", 0x01: "FIN", 0x04: "RST", 0x08: "PSH", 0x20: "URG"}

SAMPLE = "9c 40 22 b8 00 00 03 e9 00 00 13 89 50 18 fa f0 00 00 00 00 e4 bd a0 e5 a5 bd"


def decode(data: bytes) -> dict[str, Any]:
    """拆开一个 TCP 报文段；不是一个完整的 TCP 头部，就引发 ValueError。"""
    if len(data) < 20:
        raise ValueError("TCP 头部至少有 20 个字节")
    source, target, seq, ack = struct.unpack("!HHII", data[:12])
    size = (data[12] >> 4) * 4
    if size < 20 or size > len(data):
        raise ValueError("头部长度不对")
    return {
        "source": source,
        "target": target,
        "seq": seq,
        "ack": ack,
        "size": size,
        "flags": [name for bit, name in FLAGS.items() if data[13] & bit],
        "data": data[size:],
    }


def main() -> None:
    """拆一个现成的报文段。"""
    for name, value in decode(bytes.fromhex(SAMPLE)).items():
        print(f"{name:>7} = {value!r}")


if __name__ == "__main__":
    main()
