"""循环模型一次只服务一个客户端：三位客人一起来，量一量后两位等了多久。"""

import socket
import threading
import time

SERVICE = 1.0  # 服务器为每位客人工作的秒数
NAMES = ("甲", "乙", "丙")
CELLS = 10  # 图上每秒画几格


def serve(listener: socket.socket) -> None:
    """循环模型：接一个，服务完，再接下一个。"""
    for _ in NAMES:
        conn, _ = listener.accept()
        with conn:
            conn.sendall(b"1")  # 轮到你了
            time.sleep(SERVICE)  # 正在为这一位工作
            conn.sendall(b"2")  # 办好了


def visit(conn: socket.socket, times: list[float]) -> None:
    """连上了的一位客人：记下轮到、办好这两个时刻。"""
    with conn:
        while conn.recv(1):
            times.append(time.monotonic())


def main() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=5) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        print(f"{len(NAMES)} 位客人同时来，每位需要服务 {SERVICE:.0f} 秒……", flush=True)
        begin = time.monotonic()
        seen: dict[str, list[float]] = {name: [] for name in NAMES}
        visitors = []
        for times in seen.values():
            conn = socket.create_connection(listener.getsockname())  # 前后脚进门，次序就定了
            times.append(time.monotonic())
            visitors.append(threading.Thread(target=visit, args=(conn, times), daemon=True))
            visitors[-1].start()
        for visitor in visitors:
            visitor.join()

    for name, (connected, served, done) in seen.items():
        wait = served - connected
        print(f"{name}：{connected - begin:.2f} 秒时连上，等了 {wait:.2f} 秒", end="")
        print(f"，{done - begin:.2f} 秒时办好")
    print("（. 排队  # 被服务）")
    for name, (connected, served, done) in seen.items():
        before = round((connected - begin) * CELLS)
        waiting = round((served - connected) * CELLS)
        working = round((done - served) * CELLS)
        print(f"{name} |{' ' * before}{'.' * waiting}{'#' * working}", flush=True)
    print("大家几乎同时就“连上”了，可是连上不等于轮到：内核让后来的客人排队。")


if __name__ == "__main__":
    main()
