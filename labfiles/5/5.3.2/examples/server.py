"""TCP 服务器：一次服务一个客户端，每次最多收 5 个字节，每收一次回答一声 Thanks/。"""

import signal
import socket
import sys

HOST, PORT = "0.0.0.0", 8888  # 0.0.0.0：本机的每一个地址都接待
END = b"##"  # 客户端用它说“我说完了”


def stop(number: int, frame: object) -> None:
    """ctrl-c（SIGINT）和 kill（SIGTERM）都这样结束程序；再按几次也不要紧。"""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise KeyboardInterrupt


def listen_for_stop() -> None:
    """接管 ctrl-c 和 kill。"""
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    # ctrl-c 可能正好在 accept、recv 睡下的前一刻到来，就没人理它了：
    # 请闹钟（SIGALRM）每 0.2 秒叫醒一次，让 Python 看一眼有没有 ctrl-c
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)


def talk(conn: socket.socket) -> None:
    """和一个客户端对话，直到它关闭连接（收到空字节串）或者发来 ##。"""
    last = b""  # 上一次收到的最后一个字节：## 可能刚好被切成两半
    while data := conn.recv(5):
        print(f"  收到 {data!r}", flush=True)
        before, end, _ = (last + data).partition(END)
        if len(before) > len(last):  # ## 前面还有新内容，照样回答
            conn.sendall(b"Thanks/")
        if end:
            return
        last = data[-1:]


def main() -> None:
    listen_for_stop()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # 允许马上重新使用端口：刚结束又启动，不会遇到 Address already in use
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, PORT))
        except OSError as error:
            sys.exit(f"打不开端口 {PORT}：{error}\n看看谁占着它：sudo lsof -i :{PORT}")
        listener.listen(5)  # 最多让 5 个左右的客户端排队
        print(f"服务器在 {HOST}:{PORT} 等待客户端，按 ctrl-c 结束", flush=True)
        while True:
            conn, (ip, port) = listener.accept()
            print(f"{ip}:{port} 来了", flush=True)
            with conn:
                try:
                    talk(conn)
                except ConnectionError as error:
                    print(f"  对方突然断开：{type(error).__name__}", flush=True)
            print(f"{ip}:{port} 的对话结束，等待下一位", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\n服务器下班了，再见！", flush=True)
