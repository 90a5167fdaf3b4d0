"""三个客户端同时连着 127.0.0.1:8888，轮流说话：并发服务器对谁都马上回答。"""

import socket
import sys
import time

SERVER = ("127.0.0.1", 8888)
NAMES = ("甲", "乙", "丙")
PATIENCE = 3.0  # 最多等这么多秒


def ask(conn: socket.socket) -> str:
    """说一句 hello，等回答；等得太久就放弃。"""
    begin = time.monotonic()
    conn.sendall(b"hello")
    conn.settimeout(PATIENCE)
    try:
        answer = conn.recv(1024).decode()
    except TimeoutError:
        return f"等了 {PATIENCE:.0f} 秒也没有回答：服务器还在忙着服务别人"
    return f"{time.monotonic() - begin:.3f} 秒后得到 {answer or '空字节串（服务器关闭了连接）'}"


def main() -> None:
    try:
        conns = {name: socket.create_connection(SERVER) for name in NAMES}
    except ConnectionRefusedError:
        sys.exit("连接被拒绝：先在另一个终端运行 lab run 6.2 process 或 lab run 6.2 thread")
    print(f"{len(conns)} 个客户端都连上了，谁也不离开", flush=True)
    try:
        # 最后来的先说话：循环模型的服务器这时还在等第一个客户端
        for name in (*reversed(NAMES), *NAMES):
            print(f"{name}说 hello：{ask(conns[name])}", flush=True)
    except ConnectionError as error:
        sys.exit(f"连接断了：{type(error).__name__}。看看服务器还在不在")
    finally:
        for conn in conns.values():
            conn.close()
    print("三个客户端都离开了", flush=True)


if __name__ == "__main__":
    main()
