"""Checks 6.1: waits measured at a server that serves one client at a time and keeps its own record.

Bounds come from what the server saw in the same run, so a slow machine makes none of them wrong.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lab.checking import Work

# It answers nobody before all have come, or none has come for a while: who is late on a busy machine is no fault.
SERVER = """
import queue, socket, threading, time

listener = socket.create_server(("127.0.0.1", 0), backlog=16)
address = listener.getsockname()
guests = queue.Queue()
record = []
together = []

def welcome():
    while True:
        guests.put(listener.accept()[0])

def serve(visits):
    first = guests.get()
    deadline = time.monotonic() + PATIENCE
    while 1 + guests.qsize() < visits and time.monotonic() < deadline:
        time.sleep(0.01)
    together.extend([1 + guests.qsize(), time.monotonic()])
    while True:
        conn, first = first or guests.get(), None
        with conn:
            said = conn.recv(1024)
            time.sleep(THINK)
            answered = time.monotonic()
            heard = said
            try:
                if said:
                    conn.sendall(b"Thanks/")
                while said:
                    said = conn.recv(1024)
            except ConnectionError:
                pass
            record.append([heard.decode("utf-8", "replace"), answered, time.monotonic()])

def observe(call, visits):
    threading.Thread(target=welcome, daemon=True).start()
    threading.Thread(target=serve, args=(visits,), daemon=True).start()
    begin = time.monotonic()
    result = call()
    end = time.monotonic()
    # Copied now: a list may still grow when clients are left running.
    result = list(result) if isinstance(result, list) else result
    while len(record) < visits and time.monotonic() - end < PATIENCE:
        time.sleep(0.01)
    count, released = together or (0, begin)
    times = [[said, answered - begin, left - begin] for said, answered, left in record]
    return {
        "result": result if isinstance(result, (int, float, list)) else repr(result),
        "record": times, "together": count, "released": released - begin,
    }
"""
SLACK = 0.05
PATIENCE = 5


class Seen(NamedTuple):
    """What a call gave, and what the server saw: per client what it said, when it was answered and when it left.

    So many had come when the server began to answer, and then it was so late.
    """

    result: Any
    record: list[Any]
    together: int
    released: float


def check(work: Work) -> None:
    """One client, then several."""
    rng = work.rng("visits")
    check_one(work, rng.choice((0.4, 0.5, 0.6)), rng.choice((0.7, 0.8, 0.9)))
    check_several(work, rng.randint(3, 4), rng.choice((0.4, 0.5, 0.6)))


def observe(work: Work, call: str, visits: int, think: float) -> Seen:
    """Make the call with the server beside it."""
    seen = work.evaluate(
        "measure",
        f"observe(lambda: measure.{call}, {visits})",
        before=f"THINK, PATIENCE = {think}, {PATIENCE}\n{SERVER}",
        expected=f"measure.{call} 运行到结束",
        hint='客人是不是在等一个不会来的回答？先 sendall(b"hello")，再 recv，离开时关闭连接。',
        shown=f"print(measure.{call.replace('address', 'measure.SERVER')})",
    )
    return Seen(**seen)


def check_one(work: Work, think: float, stay: float) -> None:
    """The answer takes a while; the wait ends with it, and the stay comes after it."""
    call = f"wait_of(address, {stay})"
    work.step("一位客人：从动身等到回答")
    wait, record, _, _ = observe(work, call, 1, think)
    work.require(
        len(record) == 1 and record[0][0] == "hello",
        command=call,
        actual=f"服务器接待了 {len(record)} 位，听到 {[said for said, _, _ in record]}",
        expected="服务器接待 1 位，听到 hello",
        hint="只连一次，说 hello。",
    )
    _, answered, left = record[0]
    real = isinstance(wait, float)
    work.require(
        real and wait >= think - SLACK,
        command=call,
        actual=f"返回 {wait!r}；服务器想了 {think} 秒才回答",
        expected=f"返回等了几秒，不会少于 {think}",
        hint="连上不等于得到回答：recv 得到回答以后，才再看一次 time.monotonic()；开头那一次在连接以前。",
    )
    work.step("得到回答以后坐一会儿，坐的时间不算等待")
    work.require(
        left - answered >= stay - SLACK,
        command=call,
        actual=f"服务器回答以后 {left - answered:.2f} 秒，客人就离开了",
        expected=f"得到回答以后坐 {stay} 秒再离开",
        hint="time.sleep(stay) 写在 with 里面：离开 with，连接就关闭了。",
    )
    work.require(
        wait <= left - stay + SLACK,
        command=call,
        actual=f"返回 {wait:.2f}；服务器在 {answered:.2f} 秒时就回答了",
        expected=f"大约 {answered:.2f} 秒，不包括坐的 {stay} 秒",
        hint="先算出等了多久，再 sleep。",
    )


def check_several(work: Work, count: int, stay: float) -> None:
    """All come at once, so each waits for all before it."""
    call = f"measure(address, {count}, {stay})"
    work.step(f"{count} 位客人：{count} 个结果")
    waits, record, together, released = observe(work, call, count, 0)
    work.require(
        isinstance(waits, list)
        and len(waits) == count
        and all(isinstance(w, float) for w in waits),
        command=call,
        actual=f"返回 {waits!r}",
        expected=f"一个列表，里面有 {count} 个秒数",
        hint="结果放进同一个列表；return 以前，每个线程都要 join，不然有的客人还在等。",
    )
    work.require(
        len(record) == count,
        command=call,
        actual=f"服务器接待了 {len(record)} 位",
        expected=f"服务器接待 {count} 位",
        hint="每位客人一个线程，每个线程里 wait_of 一次。",
    )
    work.step("客人们一起来，一个比一个等得久")
    hint = (
        "客人是一起来的吗？全部 start 以后再 join：start 完马上 join，就变成一位走了下一位才动身。"
    )
    work.require(
        together == count,
        command=call,
        actual=f"第一位来了以后，服务器等了 {PATIENCE} 秒，一共只来了 {together} 位",
        expected=f"{count} 位一起来，都在等",
        hint=hint,
    )
    for number, (wait, (_, answered, _)) in enumerate(zip(sorted(waits), record, strict=True), 1):
        least = answered - released
        work.require(
            wait >= least - SLACK,
            command=call,
            actual=f"大家到齐以后，过了 {least:.2f} 秒才轮到第 {number} 位，结果里他只等了 {wait:.2f} 秒",
            expected=f"第 {number} 位等了 {least:.2f} 秒以上，前面 {number - 1} 位每位坐 {stay} 秒",
            hint="每位客人返回的，是他自己从动身到得到回答的时间。",
        )
