"""向已经离开的对方发送：先没事，然后 BrokenPipeError；对方强行断开时是 ConnectionResetError。"""

import socket
import struct
import time


def connected_pair() -> tuple[socket.socket, socket.socket]:
    """连好的一对套接字：（服务器这一头，客户端那一头）。"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        conn, _ = listener.accept()
    return conn, client


def keep_sending(conn: socket.socket) -> None:
    """一直发送，直到遇见 BrokenPipeError。"""
    for count in range(1, 51):
        time.sleep(0.1)  # 等对方的消息在路上走到
        try:
            conn.sendall(b"Thanks/")
            print(f"  第 {count} 次发送：没有报错，字节交给了内核", flush=True)
        except ConnectionResetError as error:
            print(f"  第 {count} 次发送：ConnectionResetError（{error.strerror}）", flush=True)
        except BrokenPipeError as error:
            print(f"  第 {count} 次发送：BrokenPipeError（{error.strerror}）", flush=True)
            return


def main() -> None:
    print("一、对方正常关闭（发来 FIN）：", flush=True)
    conn, client = connected_pair()
    client.close()
    with conn:
        keep_sending(conn)

    print("二、对方强行断开（发来 RST）：", flush=True)
    conn, client = connected_pair()
    # 关闭时不告别、直接重置：程序崩溃、还有数据没读就关闭，也会这样
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    with conn:
        keep_sending(conn)

    both = issubclass(BrokenPipeError, ConnectionError)
    both = both and issubclass(ConnectionResetError, ConnectionError)
    print(f"它们都是 ConnectionError 的一种：{both}，所以一个 except ConnectionError 就接得住。")


if __name__ == "__main__":
    main()
