"""Checks 5.3.4: a server that sings until its client leaves, whichever way, and then serves the next."""

from __future__ import annotations

import select
import socket
import struct
from contextlib import suppress

from lab.checking import Client, Failure, Server, Work

FILE, PORT = "radio.py", 8888
# Seconds in which a server that falls has fallen, on any machine; one that sings on may look neither busy nor idle.
ENDING = 20.0
SONGS = ("茉莉花", "送别", "小星星", "生日歌", "两只老虎", "康定情歌", "红河谷", "欢乐颂")


def check(work: Work) -> None:
    """The next client always stands in the queue before the one being served leaves, so the order is certain."""
    one, two, three = work.rng("songs").sample(SONGS, 3)
    with work.server(FILE, PORT) as server:
        work.step("客人什么也没点就走了：不唱，关闭连接")
        with server.client("没有点歌的客人") as silent:
            expect_silence(server, silent)
        work.step("点一首歌，一遍一遍地唱")
        with server.client("点歌的客人") as polite, server.client("排队的客人") as rude:
            for count in (1, 2, 3):
                listen(polite, one, "一遍一遍地唱，一直唱到客人离开。", count)
            work.step("客人正常离开（BrokenPipeError）：接着服务下一位")
            hang_up(polite, politely=True)
            expect_next(server, rude, two, "BrokenPipeError")
            work.step("客人强行断开（ConnectionResetError）：接着服务下一位")
            with server.client("最后的客人") as last:
                hang_up(rude, politely=False)
                expect_next(server, last, three, "ConnectionResetError")
        work.step("按 ctrl-c 干净地结束")
        server.stop()


def expect_silence(server: Server, client: Client) -> None:
    """Say nothing and half-close: the server has to close without a word."""
    expected = 'recv 得到 b""，服务器什么也不唱，关闭这个连接'
    client.end()
    server.program.wait_until(
        lambda: bool(select.select([client.socket], [], [], 0)[0]),
        expected=expected,
        hint="客人走了，连接要用 conn.close() 关上，不然它一直开着。",
    )
    heard = client.socket.recv(4096)
    if heard:
        raise client.failure(
            f"{client.name}听到了 {heard.decode(errors='replace').strip()!r}",
            expected,
            'recv 得到空字节串 b""，表示对方不会再说话了：先用 if 判断，title 不是空的才唱。',
        )


def listen(client: Client, song: str, hint: str, count: int = 1) -> None:
    """Ask for a song at first; hear it for the given time."""
    if count == 1:
        client.send(song.encode())
    client.receive(f"第 {count} 遍：{song}\n".encode(), hint)


def expect_next(server: Server, client: Client, song: str, error: str) -> None:
    """The one in the queue is served now; else look at what has become of the server."""
    try:
        listen(client, song, "")
    except Failure as failure:
        program = server.program
        with suppress(Failure):
            program.wait_until(
                lambda: not program.alive(), expected="", hint="", idle_timeout=1, wall=ENDING
            )
        program.printed()
        if error in program.stderr:
            hint = f"{error} 没有接住，整个服务器倒下了：把 sing 里的循环放进 try，except 里写上 {error}。"
        elif not program.alive():
            hint = "一位客人离开，整个服务器就结束了：只结束这一次对话。try 包住 sing 里的循环，不要包住 accept 的循环。"
        else:
            hint = f"接住 {error} 以后，要离开唱歌的循环，main 才能回去 accept 下一位。"
        raise client.failure(
            f"前一位走了，{client.name}却没有听到歌", f"{client.name}听到自己点的歌", hint
        ) from failure


def hang_up(client: Client, *, politely: bool) -> None:
    """Leave: behind a FIN the server's sending ends in BrokenPipeError, without one in ConnectionResetError."""
    if politely:
        client.end()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.close()
