"""练习 5.3.3 的解答：服务器还没开，也不倒下的客户端：等一等再试，连上了就一问一答。"""

import socket
import sys
import time

SERVER = ("127.0.0.1", 8888)
TRIES, PAUSE = 10, 0.5  # 最多试几次；每次被拒绝以后等几秒
END = "##"  # 键盘输入它就结束


def connect() -> socket.socket:
    """连上服务器，返回套接字；被拒绝就等 PAUSE 秒再试，一共试 TRIES 次。"""
    for count in range(1, TRIES + 1):
        try:
            return socket.create_connection(SERVER)
        except ConnectionRefusedError:
            print(f"第 {count} 次被拒绝，{PAUSE} 秒以后再试", flush=True)
            time.sleep(PAUSE)
    sys.exit("服务器一直没有开，以后再来吧")


def talk(conn: socket.socket) -> None:
    """一问一答：键盘输入一行，发给服务器，打印它的回答；输入 ## 就结束。"""
    while (line := input("你说：")) != END:
        conn.sendall(line.encode())
        print(f"服务器回答：{conn.recv(1024).decode()}", flush=True)


def main() -> None:
    with connect() as conn:
        print("连上了，输入 ## 结束", flush=True)
        talk(conn)
    print("再见！")


if __name__ == "__main__":
    main()
