"""练习 5.3.3：服务器还没开，也不倒下的客户端：等一等再试，连上了就一问一答。

做完以后检查：lab check 5.3.3
"""

import socket

SERVER = ("127.0.0.1", 8888)
TRIES, PAUSE = 10, 0.5  # 最多试几次；每次被拒绝以后等几秒
END = "##"  # 键盘输入它就结束


def connect() -> socket.socket:
    """连上服务器，返回套接字；被拒绝就等 PAUSE 秒再试，一共试 TRIES 次。"""
    # TODO 1：没有服务器时，下面这一行会引发 ConnectionRefusedError：用 try … except 接住它
    # TODO 2：被拒绝就打印一行，里面有“再试”两个字，用 time.sleep 等 PAUSE 秒，再试（开头要 import time）
    # TODO 3：试了 TRIES 次还连不上：用 sys.exit("原因") 结束程序（开头要 import sys）
    return socket.create_connection(SERVER)


def talk(conn: socket.socket) -> None:
    """一问一答：键盘输入一行，发给服务器，打印它的回答；输入 ## 就结束。"""
    # TODO 4：循环：用 input() 读一行。读到 END 就结束循环
    # TODO 5：把这一行发给服务器（文字要先 encode 变成字节），收回答，打印出来


def main() -> None:
    with connect() as conn:
        print("连上了，输入 ## 结束", flush=True)
        talk(conn)
    print("再见！")


if __name__ == "__main__":
    main()
