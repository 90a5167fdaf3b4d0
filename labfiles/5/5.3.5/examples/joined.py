"""粘包：TCP 传的是一串字节，没有消息的边界，发三次不等于收三次。"""

import socket
import time

MESSAGES = [b"apple", b"banana", b"cherry"]


def connected_pair() -> tuple[socket.socket, socket.socket]:
    """连好的一对套接字：（接收的一头，发送的一头）。"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = socket.create_connection(listener.getsockname())
        receiver, _ = listener.accept()
    return receiver, sender


def main() -> None:
    receiver, sender = connected_pair()
    with receiver, sender:
        print("一、连发三条，接收方忙完别的事才来收：", flush=True)
        for message in MESSAGES:
            sender.sendall(message)
            print(f"  发送 {message!r}")
        time.sleep(0.5)
        print(f"  一次 recv 收到 {receiver.recv(1024)!r}  <- 三条粘在一起", flush=True)

        print("二、发一条，等对方收到了再发下一条：", flush=True)
        for message in MESSAGES:
            sender.sendall(message)
            data = receiver.recv(1024)
            print(f"  发送 {message!r}，收到 {data!r}", flush=True)

        print("三、一条长消息，每次最多收 5 个字节：", flush=True)
        text = "你好世界".encode()
        sender.sendall(text)
        left = len(text)
        while left:
            data = receiver.recv(5)
            left -= len(data)
            print(f"  收到 {data!r}  ->  {data.decode(errors='replace')}", flush=True)
        print("  一个汉字占 3 个字节，被切开的汉字认不出来了。")


if __name__ == "__main__":
    main()
