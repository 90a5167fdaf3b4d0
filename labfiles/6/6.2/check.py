"""Checks 6.2: a server with a process per client that reaps them, and a chat room with a thread per client."""

from __future__ import annotations

import socket
import struct
from contextlib import ExitStack

from lab.checking import Client, Server, Work, processes

PORT = 8888
NAMES = ("小雨", "小雪", "小风", "小云", "小雷", "小星")
TALK = ("早上好", "你好", "吃了吗", "今天学什么", "线程", "进程", "再说一遍", "明白了")
GONE = "有人离开的时候，recv 得到空的或者引发 ConnectionError，都要走到 room.leave：leave 里 pop 掉他，再 tell 大家。"


def check(work: Work) -> None:
    """One server after the other: both use the course's port."""
    with work.server("process_server.py", PORT) as server:
        check_processes(work, server)
    with work.server("chat.py", PORT) as server:
        check_chat(work, server)


def check_processes(work: Work, server: Server) -> None:
    """Clients that stay are served by processes of their own; those that leave take theirs along."""
    rng = work.rng("echo")
    work.step("多进程：先来的客户端不说话，后来的照样得到回答")
    with server.client("不说话的客户端") as silent, server.client("第二个客户端") as second:
        first_pid = echo(server, second, f"hello{rng.randrange(100)}")
        with server.client("第三个客户端") as third:
            second_pid = echo(server, third, f"你好{rng.randrange(100)}")
            work.step("每个客户端由自己的进程服务")
            pids = {first_pid, second_pid, echo(server, silent, "来了")}
            work.require(
                len(pids) == 3 and server.program.pid not in pids,
                command=server.program.shown,
                actual=f"三个客户端的回答来自 {len(pids)} 个进程：{sorted(pids)}，服务器是 {server.program.pid}",
                expected="三个子进程，各服务一个客户端，父进程只接待",
                hint="来一个客户端就开一个 Process(target=talk, args=(conn,), daemon=True)。",
            )
            work.step("客户端说完了，它的连接马上关闭")
            third.end()
            third.receive_all(
                "子进程结束了，连接就关闭",
                "子进程关了它的那一份，父进程还开着一份：start() 以后，父进程要 conn.close()。",
            )
        work.step("不等下一个客户端来，结束了的子进程就被回收")
        expect_reaped(server, second_pid)
        work.step("客户端突然断开：只结束它的子进程")
        reset(second)
        expect_reaped(server, first_pid)
        echo(server, silent, "我还在")
        with server.client("新来的客户端") as new:
            echo(server, new, "我刚来")
            work.step("还有客户端连着，按 ctrl-c 也干净地结束")
            server.stop("子进程要设成 daemon=True：父进程结束时会把它们一起结束。")


def echo(server: Server, client: Client, text: str) -> int:
    """Say something and expect it back behind the number of the process that answers."""
    client.send(text.encode())
    expected = f"{client.name}马上得到“PID {text}”"
    answer = client.receive_until(
        text.encode(),
        expected,
        "别的客户端还连着，它就等不到回答：父进程 start() 以后马上去 accept 下一位，不要 join，也不要自己 talk。",
    )
    number, _, rest = answer.decode(errors="replace").partition(" ")
    if not number.isdecimal() or rest != text:
        raise client.failure(f"得到的是 {answer!r}", expected, "talk 不用改，回答从它那里来。")
    return int(number)


def expect_reaped(server: Server, pid: int) -> None:
    """Expect that a child is gone, and not a zombie, without another client."""
    server.program.wait_until(
        lambda: pid not in {process.pid for process in processes.beneath(server.program.pid)},
        expected=f"进程 {pid} 结束了，也被回收了",
        hint=f"看看它是不是还在，是不是成了僵尸（Z）：ps -o pid,stat -p {pid}。"
        "没有人回收就成了僵尸：在 accept 的循环以前 signal.signal(signal.SIGCHLD, signal.SIG_IGN)。",
        idle_timeout=3,
    )


def reset(client: Client) -> None:
    """Leave without a farewell."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.close()


def check_chat(work: Work, server: Server) -> None:
    """Three that talk, one that is silent; each hears exactly what the others say, in order."""
    rng = work.rng("chat")
    one, two, three = rng.sample(NAMES, 3)
    words = rng.sample(TALK, 6)
    with ExitStack() as stack:
        first, second, silent, third = (
            stack.enter_context(server.client(name)) for name in (one, two, "不说话的客人", three)
        )
        work.step("聊天室：进来一位，别人知道")
        enter(first, one)
        enter(second, two)
        hear(first, f"{two} 来了", "先来的客人都要听到。")
        enter(third, three)
        hear(first, f"{three} 来了", "先来的客人都要听到。")
        hear(second, f"{three} 来了", "先来的客人都要听到。")
        work.step("一位说话，别人都听到，自己听不到")
        say(second, words[0])
        hear(first, f"{two}：{words[0]}", "第二行开始都是话：tell 大家“名字：话”，冒号是中文的。")
        hear(third, f"{two}：{words[0]}", "每一位都要听到。")
        say(first, words[1])
        hear(second, f"{one}：{words[1]}", "tell 的时候跳过 sender：自己说的话不发给自己。")
        hear(third, f"{one}：{words[1]}", "每一位都要听到。")
        work.step("两行一起来、一行分几段来")
        third.send(f"{words[2]}\n{words[3]}\n".encode())
        hint = "recv 一次不等于一行：用 lines(conn) 一行一行地取。"
        for line in (words[2], words[3]):
            hear(first, f"{three}：{line}", hint)
            hear(second, f"{three}：{line}", hint)
        data = f"{words[4]}\n".encode()
        third.send(data[:4])
        say(second, "插一句")
        hear(first, f"{two}：插一句", hint)
        hear(third, f"{two}：插一句", hint)
        third.send(data[4:])
        hear(first, f"{three}：{words[4]}", hint)
        hear(second, f"{three}：{words[4]}", hint)
        work.step("没有报名字的，还不算进来")
        enter(silent, "小不点")
        for client in (first, second, third):
            hear(client, "小不点 来了", "一直不说话的客人，报了名字就进来了。")
        say(first, words[5])
        hear(silent, f"{one}：{words[5]}", "报名字以前的话他都没有听到：进来以后才放进 members。")
        for client in (second, third):
            hear(client, f"{one}：{words[5]}", "每一位都要听到。")
        work.step("正常离开，别人知道")
        third.end()
        for client in (first, second, silent):
            hear(client, f"{three} 走了", GONE)
        work.step("突然断开，别人也知道，聊天室照样开着")
        reset(silent)
        for client in (first, second):
            hear(client, "小不点 走了", GONE)
        for number in range(3):
            say(first, f"还有 {number}")
            hear(
                second,
                f"{one}：还有 {number}",
                "走了的人要从 members 里去掉，不然给他 sendall 会引发 BrokenPipeError。",
            )
        work.step("大家同时说，一句不少，不搅在一起")
        crowd(first, second, one, two)
        work.step("客人还在，按 ctrl-c 也干净地结束")
        server.stop("线程要设成 daemon=True：不然主线程结束了，程序还要等它们。")


def enter(client: Client, name: str) -> None:
    """Say the name and be announced, to oneself too: from here on one hears everything."""
    client.send(f"{name}\n".encode())
    hint = "一位客人不说话，别人就进不来：accept 以后开一个线程去 serve，马上 accept 下一位。第一行是名字：用 enter 让他进来。"
    hear(client, f"{name} 来了", hint)


def say(client: Client, text: str) -> None:
    """Say one line."""
    client.send(f"{text}\n".encode())


def hear(client: Client, line: str, hint: str) -> None:
    """Expect one line, exactly."""
    expected = f"{client.name}听到“{line}”"
    got = client.receive_until(b"\n", expected, hint).decode(errors="replace")
    if got != f"{line}\n":
        own = got.startswith(client.name)
        hint = "自己听到了自己的话：tell 的时候跳过 sender。" if own else hint
        raise client.failure(f"{client.name}听到的是 {got!r}", expected, hint)


def crowd(first: Client, second: Client, one: str, two: str) -> None:
    """Both say many lines without waiting; each hears all of the other's in order."""
    count = 30
    for client, name in ((first, one), (second, two)):
        client.send("".join(f"{name}的第 {number} 句\n" for number in range(count)).encode())
    for client, name in ((first, two), (second, one)):
        for number in range(count):
            hint = "发送的时候拿着 self.lock，几个线程的话就不会搅在一起。"
            hear(client, f"{name}：{name}的第 {number} 句", hint)
