"""一句话从应用层出发，每往下一层就多一个头部；到了对面，再一层一层拆掉。

头部的格式和真实网络里的一样，只有校验和写成 0，免得分散注意力。
"""

import socket
import struct
import sys
import zlib

CLIENT_MAC = bytes.fromhex("02 00 00 00 00 01")
SERVER_MAC = bytes.fromhex("02 00 00 00 00 02")
CLIENT_IP = "192.168.1.10"
SERVER_IP = "192.168.1.20"
CLIENT_PORT = 40000
SERVER_PORT = 8888

IPV4 = 0x0800  # 以太网头部里的“类型”：里面装的是 IPv4
TCP = 6  # IP 头部里的“协议”：里面装的是 TCP


def show(layer: str, size: int, words: str) -> None:
    """打印一层的情况。"""
    print(f"  {layer}  {size:>3} 字节  {words}", flush=True)


def draw(*parts: tuple[str, int]) -> None:
    """画出现在的样子：一格是一部分。"""
    print("          |" + "|".join(f" {name} {size} " for name, size in parts) + "|\n", flush=True)


def add_tcp(data: bytes) -> bytes:
    """传输层：从哪个端口到哪个端口，是第几个字节。"""
    words = 5 << 12 | 0b011000  # 头部 5 个 4 字节，标志 PSH 和 ACK
    return struct.pack("!HHIIHHHH", CLIENT_PORT, SERVER_PORT, 1, 1, words, 64240, 0, 0) + data


def add_ip(segment: bytes) -> bytes:
    """网络层：从哪台机器到哪台机器。"""
    addresses = socket.inet_aton(CLIENT_IP) + socket.inet_aton(SERVER_IP)
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0, 64, TCP, 0) + (
        addresses + segment
    )


def add_ethernet(packet: bytes) -> bytes:
    """链路层：从哪块网卡到哪块网卡；它还在末尾加上 4 个字节，用来发现传输错误。"""
    frame = SERVER_MAC + CLIENT_MAC + struct.pack("!H", IPV4) + packet
    return frame + struct.pack("<I", zlib.crc32(frame))


def remove_ethernet(frame: bytes) -> bytes:
    """看类型，确认没有传错，拆掉以太网的头和尾。"""
    (kind,) = struct.unpack("!H", frame[12:14])
    (check,) = struct.unpack("<I", frame[-4:])
    fine = "没有传错" if zlib.crc32(frame[:-4]) == check else "传错了！"
    packet = frame[14:-4]
    show("链路层", len(packet), f"拆掉 14 + 4 字节：{fine}，类型 0x{kind:04x}，里面是 IP 包")
    return packet


def remove_ip(packet: bytes) -> bytes:
    """看地址是不是自己，看协议，拆掉 IP 头部。"""
    size = (packet[0] & 0x0F) * 4
    target = socket.inet_ntoa(packet[16:20])
    segment = packet[size:]
    show("网络层", len(segment), f"拆掉 {size} 字节：给 {target} 的，协议 {packet[9]}，里面是 TCP")
    return segment


def remove_tcp(segment: bytes) -> bytes:
    """看端口，拆掉 TCP 头部。"""
    size = (segment[12] >> 4) * 4
    (port,) = struct.unpack("!H", segment[2:4])
    data = segment[size:]
    show("传输层", len(data), f"拆掉 {size} 字节：交给守在 {port} 端口的程序")
    return data


def main() -> None:
    message = sys.argv[1] if len(sys.argv) > 1 else "你好，课程机！"
    data = message.encode()

    print("发送方：从上往下，每层加上自己的头部\n", flush=True)
    show("应用层", len(data), f"要说的话：{message}")
    draw(("数据", len(data)))
    segment = add_tcp(data)
    ports = f"{CLIENT_PORT} -> {SERVER_PORT}"
    show("传输层", len(segment), f"= {len(data)} + 20，TCP 头部：端口 {ports}")
    draw(("TCP", 20), ("数据", len(data)))
    packet = add_ip(segment)
    show("网络层", len(packet), f"= {len(segment)} + 20，IP 头部：{CLIENT_IP} -> {SERVER_IP}")
    draw(("IP", 20), ("TCP", 20), ("数据", len(data)))
    frame = add_ethernet(packet)
    macs = f"{CLIENT_MAC.hex(':')} -> {SERVER_MAC.hex(':')}"
    show("链路层", len(frame), f"= {len(packet)} + 14 + 4，以太网：{macs}")
    draw(("以太网", 14), ("IP", 20), ("TCP", 20), ("数据", len(data)), ("尾", 4))

    print(f"网线上走的就是这 {len(frame)} 个字节：", flush=True)
    for start in range(0, len(frame), 16):
        print("  " + frame[start : start + 16].hex(" "), flush=True)

    print("\n接收方：从下往上，每层拆掉自己的头部\n", flush=True)
    arrived = remove_tcp(remove_ip(remove_ethernet(frame)))
    show("应用层", len(arrived), f"收到的话：{arrived.decode()}")
    print(f"\n和发出时一样：{'是' if arrived == data else '否'}", flush=True)


if __name__ == "__main__":
    main()
