"""Checks 5.3.2: a server on port 8888 that answers in capitals, one client after the other."""

from lab.checking import Work

PORT = 8888
WORDS = ("hello", "socket", "python", "linux", "server", "client", "thanks", "process")


def check(work: Work) -> None:
    """Talk to it as two clients, hang up in both ways, restart it."""
    word = work.rng().choice(WORDS).encode()
    work.step("服务器启动，在 8888 端口上等待")
    with work.server("upper.py", PORT) as server:
        work.step("收到字母，发回大写")
        with server.client("第一个客户端") as first:
            first.send(word)
            first.receive(word.upper(), "收到以后用 conn.sendall(data.upper()) 发回去了吗？")
            work.step("同一个客户端可以一直说下去")
            first.send(b"Abc-123")
            first.receive(b"ABC-123", "接收要放在循环里：收一次、发一次，再收下一次。")
            work.step("收到 ## 就结束这次对话")
            first.send(b"bye##")
            rest = first.receive_all(
                "先收到 b'BYE'，然后连接关闭", "收到以 ## 结束的内容以后，跳出循环，关闭 conn。"
            )
            if rest != b"BYE":
                raise first.failure(
                    f"对话结束以前收到的是 {rest!r}",
                    "先收到 b'BYE'，然后连接关闭",
                    "## 前面的内容也要变成大写发回去，## 自己不用发。",
                )
        work.step("第一个客户端走了，接着服务第二个")
        with server.client("第二个客户端") as second:
            second.send(b"next")
            second.receive(b"NEXT", "accept 也要放在循环里，对话结束以后回去等下一个客户端。")
        work.step("客户端直接断开（空字节串），还能服务第三个")
        with server.client("第三个客户端") as third:
            third.send(b"again")
            third.receive(b"AGAIN", 'recv 得到 b"" 表示对方断开了：结束这次对话，回去 accept。')
        work.step("按 ctrl-c 干净地结束")
        server.stop()
    work.step("结束以后马上可以再启动")
    with work.server("upper.py", PORT) as again:
        again.stop()
