"""对方关闭连接以后，recv 不再等待，马上返回空字节串 b""。"""

import socket
import threading
import time


def client(address: tuple[str, int]) -> None:
    """说一句话，停一会儿，然后离开。"""
    with socket.create_connection(address) as conn:
        conn.sendall(b"hello")
        time.sleep(0.5)
    # 离开 with：套接字在这里关闭


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        visitor = threading.Thread(target=client, args=(listener.getsockname(),))
        visitor.start()
        conn, _ = listener.accept()
        with conn:
            print(f"第 1 次 recv：{conn.recv(1024)!r}（对方说的话）", flush=True)
            print("再 recv 一次：对方还没说话，也没离开，所以这里会等……", flush=True)
            begin = time.monotonic()
            data = conn.recv(1024)
            print(f"第 2 次 recv：{data!r}（等了 {time.monotonic() - begin:.1f} 秒，对方关闭了）")
            print(f"第 3 次 recv：{conn.recv(1024)!r}（不等了，以后每次都是空的）")
        visitor.join()
    print("所以：recv 得到 b'' 就该离开循环，不然循环会空转，占满一个 CPU。")


if __name__ == "__main__":
    main()
