"""抓下一次短短的 TCP 连接：三次握手、传数据、四次挥手，按时间画成一问一答的箭头图。

程序自己连自己（回环网卡 lo，127.0.0.1），同时用 AF_PACKET 套接字旁听每一个报文段。
旁听要管理员权限，所以用 lab run 7.1.2 运行，它会请 sudo 帮忙。
"""

import socket
import struct
import sys
import time
from typing import NamedTuple

ETH_P_ALL = 0x0003  # 什么协议的包都要
PACKET_HOST = 0  # 收到的包；lo 上同一个包还会以“发出的包”再露一次面，那一次不要
SO_TIMESTAMP = 29  # 请内核记下每个包经过的时刻
PATIENCE = 10.0  # 每一步最多等几秒
FLAGS = {0x02: "SYN", 0x01: "FIN", 0x04: "RST", 0x08: "PSH", 0x10: "ACK", 0x20: "URG"}
WIDTH = 36


class Segment(NamedTuple):
    """一个 TCP 报文段：头部里的几项，加上数据。"""

    time: float
    source: int
    target: int
    seq: int
    ack: int
    flags: list[str]
    data: bytes


class Sniffer:
    """在 lo 上旁听一个端口，把听到的画出来。"""

    def __init__(self, port: int) -> None:
        self.port = port
        self.start = 0.0
        self.first: dict[int, int] = {}  # 每一方（用端口区分）的初始序号，之后都从它数起
        self.acked = {"客户端": 0, "服务端": 0}  # 每一方说的话，对方确认到了第几号
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMP, 1)
        self.socket.bind(("lo", ETH_P_ALL))

    def segment(self, deadline: float) -> Segment:
        """等下一个属于这次连接的报文段。"""
        while True:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            frame, extra, _, address = self.socket.recvmsg(65536, 64)
            found = decode(frame, stamp(extra)) if address[2] == PACKET_HOST else None
            if found and self.port in (found.source, found.target):
                return found
            if time.monotonic() > deadline:
                raise TimeoutError

    def follow(self, client: int, server: int, *notes: str) -> None:
        """画出听到的报文段，直到双方说的话分别被确认到了 client 号和 server 号。"""
        deadline = time.monotonic() + PATIENCE
        queue = iter(notes)
        while self.acked != {"客户端": client, "服务端": server}:
            self.draw(self.segment(deadline), next(queue, ""))

    def draw(self, found: Segment, note: str) -> None:
        """一个报文段画成一行；序号减去初始序号，从 0 数起，好读。"""
        self.start = self.start or found.time
        seq = found.seq - self.first.setdefault(found.source, found.seq)
        words = [*found.flags, f"seq={seq % 2**32}"]
        if "ACK" in found.flags:
            ack = (found.ack - self.first[found.target]) % 2**32
            self.acked["服务端" if found.target == self.port else "客户端"] = ack
            words.append(f"ack={ack}")
        if found.data:
            words.append(f"len={len(found.data)}")
        label = f" {' '.join(words)} ".center(WIDTH - 2, "-")
        arrow = f"{label}->" if found.target == self.port else f"<-{label}"
        print(f"{(found.time - self.start) * 1000:7.2f} |{arrow}| {note}", flush=True)


def stamp(extra: list[tuple[int, int, bytes]]) -> float:
    """内核记下的时刻。"""
    for _, kind, value in extra:
        if kind == SO_TIMESTAMP:
            seconds, micros = struct.unpack("@ll", value)
            return float(seconds + micros / 1e6)
    return time.time()


def decode(frame: bytes, when: float) -> Segment | None:
    """拆掉以太网和 IP 的头部，读出 TCP 头部；不是 IPv4 加 TCP 就不要。"""
    packet = frame[14:]
    if frame[12:14] != b"\x08\x00" or packet[9] != socket.IPPROTO_TCP:
        return None
    (total,) = struct.unpack("!H", packet[2:4])
    segment = packet[(packet[0] & 0x0F) * 4 : total]
    source, target, seq, ack, words = struct.unpack("!HHIIH", segment[:14])
    flags = [name for bit, name in FLAGS.items() if words & bit]
    return Segment(when, source, target, seq, ack, flags, segment[(words >> 12) * 4 :])


def talk(listener: socket.socket, sniffer: Sniffer) -> None:
    """一次连接，从生到死；每走一步，就看看网上多了什么。"""
    blank = " " * 8 + "|" + " " * WIDTH + "|"

    def step(words: str) -> None:
        print(f"{blank}\n{words}", flush=True)

    step("【三次握手】客户端 connect()，服务端 accept()")
    client = socket.create_connection(listener.getsockname())
    client.settimeout(PATIENCE)
    server, _ = listener.accept()
    server.settimeout(PATIENCE)
    with client, server:
        sniffer.follow(1, 1, "第一次：我想连接你", "第二次：好，我也想", "第三次：好，连上了")

        step("【传数据】客户端 send(“你好”)，一共 6 个字节")
        client.sendall("你好".encode())
        sniffer.follow(7, 1, "这是 6 个字节", "收到，下次从 7 号说起")
        print(f"{blank} 服务端 recv() 得到：{server.recv(1024).decode()}", flush=True)

        step("【四次挥手】客户端说完了：shutdown(SHUT_WR)，发出 FIN")
        client.shutdown(socket.SHUT_WR)
        # 服务端不急着关，先等第二次挥手走过：不然第二、三次会并成一个报文段。
        sniffer.follow(8, 1, "第一次：我说完了", "第二次：知道了")
        print(f"{blank} 服务端 recv() 得到：{server.recv(1024)!r}", flush=True)

        step("            服务端也说完了：close()，发出 FIN")
        server.close()
        sniffer.follow(8, 2, "第三次：我也说完了", "第四次：知道了，再见")


def main() -> None:
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            sniffer = Sniffer(port)
            print("  毫秒   客户端" + " " * (WIDTH - 12) + f"服务端 127.0.0.1:{port}", flush=True)
            with sniffer.socket:
                talk(listener, sniffer)
    except PermissionError:
        sys.exit("抓包要管理员权限，请这样运行：lab run 7.1.2（sudo 会问你的密码）")
    except TimeoutError:
        sys.exit("等了很久也没有听到下一个报文段，请再运行一次；还不行就请老师看看。")
    print("\n三次握手、数据、四次挥手，都看到了。", flush=True)


if __name__ == "__main__":
    main()
