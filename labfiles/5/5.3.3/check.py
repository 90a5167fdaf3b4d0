"""Checks 5.3.3: a client that waits for its server; the check itself is the server, which opens late."""

from __future__ import annotations

import select
import socket
import time

from lab.checking import Failure, Program, Work

FILE = "client.py"
ADDRESS = ("127.0.0.1", 8888)
AGAIN = "再试"
ENOUGH = 15  # the starter's limit is 10
WORDS = ("hello", "你好", "socket", "python", "早上好", "linux", "再来一句", "client")


def check(work: Work) -> None:
    """No server at all, then one that opens behind the first refusal."""
    work.expect_free(ADDRESS[1])
    without_server(work)
    words = work.rng("words").sample(WORDS, 2)
    work.step("服务器开了，客户端就连上")
    with work.start(FILE, idle_timeout=6) as program:
        program.wait_for_output(
            AGAIN, "被拒绝以后打印“再试”", "用 print 打印一行，里面有“再试”两个字。"
        )
        with socket.create_server(ADDRESS) as listener:
            wait_for(
                program,
                listener,
                "看到“再试”以后打开 8888 端口，客户端马上来连接",
                "等完以后要回到循环的开头，再 create_connection 一次；连上了就 return 这个套接字。",
            )
            conn, _ = listener.accept()
        with conn:
            work.step("一问一答")
            for number, word in enumerate(words):
                answer = f"{word}-{work.rng(word).randrange(100, 1000)}"
                talk(program, conn, word, answer, number)
            work.step("输入 ## 就结束")
            program.write("##\n")
            conn.shutdown(socket.SHUT_WR)
            program.finish(
                "输入 ## 以后，程序自己正常结束",
                "input() 读到的是 END，就离开循环：比较要在发送以前做，用 == 比较两段文字。",
            )


def without_server(work: Work) -> None:
    """It tries several times, with pauses, says so, and gives up."""
    work.step("没有服务器：不倒下，试几次以后自己放弃")
    expected = "打印几次“再试”，每次等 PAUSE 秒；试满 TRIES 次以后用 sys.exit 说明原因"
    first = None

    def over() -> bool:
        nonlocal first
        if first is None and AGAIN in program.stdout:
            first = time.monotonic()
        return not program.alive() or program.stdout.count(AGAIN) > ENOUGH

    with work.start(FILE, idle_timeout=12) as program:
        program.end_input()
        program.wait_until(
            over,
            expected=expected,
            hint="运行一次看看它停在哪里：没有服务器的时候，它应该自己结束。",
            ended_counts=True,
        )
        tried = program.stdout.count(AGAIN)
        if tried > ENOUGH:
            raise program.failure(
                f"它说了 {tried} 次“再试”，还没有停。",
                expected,
                "服务器要是永远不开，客户端不能永远等下去：用 for count in range(TRIES) 数着试。",
            )
        done = program.finish(expected, "程序要自己结束。", code=None)
        hint = ""
        if "NoneType" in done.stderr:
            hint = "试满了以后 connect 什么也没有返回（None）：循环后面要 sys.exit(…)。"
        elif "ConnectionRefusedError" in done.stderr:
            hint = "没有人监听时 create_connection 引发 ConnectionRefusedError：用 try … except 接住它，等一等再试。"
        elif "Traceback" in done.stderr:
            hint = "先看错误信息的最后一行说的是什么，再看它上面说的是哪一行。"
        elif tried < 3:
            hint = f"“再试”只出现了 {tried} 次：被拒绝以后，等一等，回到循环开头再连一次。"
        # From the first one on: a busy machine may take seconds to start a program.
        elif first is None or time.monotonic() - first < 2:
            hint = "一口气就试完了，服务器来不及打开：每次被拒绝以后 time.sleep(PAUSE)。"
        elif done.code == 0:
            hint = "没有连上却说成功（退出码 0）：用 sys.exit(原因) 结束，退出码就是 1。"
        if hint:
            actual = (
                f"程序 {done.seconds:.1f} 秒以后结束，退出码是 {done.code}。\n{program.printed()}"
            )
            raise program.failure(actual, expected, hint)


def talk(program: Program, conn: socket.socket, word: str, answer: str, number: int) -> None:
    """Type a line, expect it at the server, answer, expect the answer on the screen."""
    got = b""

    def heard() -> bool:
        nonlocal got
        if select.select([conn], [], [], 0)[0]:
            try:
                got += conn.recv(1024)
            except ConnectionResetError:
                return False
        return got.strip() == word.encode()

    hint = "读到的一行用 conn.sendall(line.encode()) 发出去：网络上只能走字节。"
    if number:
        hint = "收完回答，要回到循环开头读下一行。"
    program.write(f"{word}\n")
    try:
        program.wait_until(heard, expected=f"键盘输入 {word}，服务器收到它", hint=hint)
    except Failure as failure:
        failure.actual = f"键盘输入了 {word}，服务器收到的是 {got!r}。\n{failure.actual}"
        raise
    conn.sendall(answer.encode())
    program.wait_for_output(
        answer, f"打印服务器的回答 {answer}", "发完以后 conn.recv(1024)，decode 成文字，打印出来。"
    )


def wait_for(program: Program, listener: socket.socket, expected: str, hint: str) -> None:
    """Wait until somebody stands at the door."""
    program.wait_until(
        lambda: bool(select.select([listener], [], [], 0)[0]), expected=expected, hint=hint
    )
