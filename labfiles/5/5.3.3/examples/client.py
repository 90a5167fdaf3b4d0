"""TCP 客户端：把键盘输入的每一行发给 127.0.0.1:8888，打印回答；输入 ## 结束。"""

import socket
import sys

SERVER = ("127.0.0.1", 8888)
END = "##"


def ask() -> str:
    """读一行；没有更多输入（ctrl-d）也算说完了。"""
    try:
        return input("你说：")
    except EOFError:
        print()
        return END


def talk(conn: socket.socket) -> None:
    """一问一答，直到用户输入 ##，或者服务器先关闭了连接。"""
    while True:
        line = ask()
        if not line:
            print("空行里没有字节可发，请再输入（## 结束）", flush=True)
            continue
        conn.sendall(line.encode())
        if line == END:
            break
        answer = conn.recv(1024)
        if not answer:
            print("服务器关闭了连接", flush=True)
            return
        print(f"服务器回答：{answer.decode(errors='replace')}", flush=True)

    # 服务器收到 ## 会关闭连接：把路上还没读的回答读完，直到空字节串
    while answer := conn.recv(1024):
        print(f"服务器又回答：{answer.decode(errors='replace')}", flush=True)
    print("对话结束，再见！", flush=True)


def main() -> None:
    try:
        with socket.create_connection(SERVER) as conn:
            print(f"已连上 {SERVER[0]}:{SERVER[1]}，输入 ## 结束", flush=True)
            talk(conn)
    except ConnectionRefusedError:
        sys.exit("连接被拒绝：没有程序在 8888 端口等你。先在另一个终端运行 lab run 5.3.2")
    except ConnectionError as error:
        sys.exit(f"连接断了：{type(error).__name__}。看看服务器还在不在")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\n客户端结束，再见！")
