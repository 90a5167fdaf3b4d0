"""练习 5.3.2：把收到的字母变成大写再发回去的服务器。一次服务一个客户端。

做完以后检查：lab check 5.3.2
"""

import socket

HOST, PORT = "0.0.0.0", 8888
END = b"##"  # 收到的内容以它结束，就不再对话


def talk(conn: socket.socket) -> None:
    """和一个客户端对话：收到什么，就变成大写发回去；收到空字节串或者以 ## 结束的内容就停。"""
    # TODO 1：循环接收。收到空字节串 b"" 表示对方关闭了，结束这次对话
    # TODO 2：内容以 END 结束时，结束这次对话（END 前面的内容也要变成大写发回去）
    # TODO 3：把收到的内容变成大写发回去：bytes 有 upper() 方法


def main() -> None:
    """一个客户端说完了，再接待下一个，直到按 ctrl-c。"""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # TODO 4：绑定地址 (HOST, PORT)，开始监听，最多 5 个客户端排队
    # TODO 5：循环：接待一个客户端，用 talk 和它对话，再关闭和它的连接
    # TODO 6：按 ctrl-c 时关闭 listener，打印一句再见，正常结束


if __name__ == "__main__":
    main()
