"""从现成的字节里读出 TCP 头部：端口 2 + 2 字节，序号 4 字节，确认号 4 字节，还有标志。"""

import struct
from typing import NamedTuple

# 标志各占一位（bit）：哪一位是 1，就竖起了哪面小旗。
FLAGS = {0x02: "SYN", 0x01: "FIN", 0x04: "RST", 0x08: "PSH", 0x10: "ACK", 0x20: "URG"}

SAMPLES = {
    "客户端说：我想连接你": "9c 40 22 b8 00 00 03 e8 00 00 00 00 50 02 fa f0 00 00 00 00",
    "服务端说：好，我也想": "22 b8 9c 40 00 00 13 88 00 00 03 e9 50 12 fa f0 00 00 00 00",
    "客户端说：我说完了": "9c 40 22 b8 00 00 03 ef 00 00 13 89 50 11 fa f0 00 00 00 00",
}


class Header(NamedTuple):
    """TCP 头部里最要紧的几项。"""

    source: int
    target: int
    seq: int
    ack: int
    size: int
    flags: list[str]


def decode(data: bytes) -> Header:
    """读出头部；! 是网络字节序，H 是 2 个字节，I 是 4 个字节。"""
    source, target, seq, ack, words = struct.unpack("!HHIIH", data[:14])
    flags = [name for bit, name in FLAGS.items() if words & bit]
    return Header(source, target, seq, ack, (words >> 12) * 4, flags)


def show(name: str, data: bytes, value: str) -> None:
    """打印一项：名字、原来的字节、读出来的意思。"""
    print(f"  {name}  {data.hex(' '):<11}  = {value}")


def main() -> None:
    for title, text in SAMPLES.items():
        data = bytes.fromhex(text)
        header = decode(data)
        print(f"{title}\n  {data.hex(' ')}")
        show("源端口    2 字节", data[0:2], str(header.source))
        show("目的端口  2 字节", data[2:4], str(header.target))
        show("序号      4 字节", data[4:8], str(header.seq))
        show("确认号    4 字节", data[8:12], str(header.ack))
        show("头部长度        ", data[12:13], f"{data[12] >> 4} x 4 = {header.size} 字节")
        show("标志            ", data[13:14], " ".join(header.flags))
        print()


if __name__ == "__main__":
    main()
