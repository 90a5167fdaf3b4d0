"""练习 5.3.2 的解答：把收到的字母变成大写再发回去的服务器。一次服务一个客户端。"""

import socket

HOST, PORT = "0.0.0.0", 8888
END = b"##"  # 收到的内容以它结束，就不再对话


def talk(conn: socket.socket) -> None:
    """和一个客户端对话：收到什么，就变成大写发回去；收到空字节串或者以 ## 结束的内容就停。"""
    while data := conn.recv(1024):
        conn.sendall(data.removesuffix(END).upper())
        if data.endswith(END):
            return


def main() -> None:
    """一个客户端说完了，再接待下一个，直到按 ctrl-c。"""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, PORT))
    listener.listen(5)
    try:
        while True:
            conn, _ = listener.accept()
            talk(conn)
            conn.close()
    except KeyboardInterrupt:
        listener.close()
        print("服务器下班了，再见！")


if __name__ == "__main__":
    main()
