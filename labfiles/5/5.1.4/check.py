"""Checks 5.1.4: IPv6 addresses written long and short, and the process that holds a port among its look-alikes."""

from __future__ import annotations

import re
import socket
import time
from ipaddress import IPv6Address

from lab.checking import Work

ADDRESSES, PORT = "ipv6.txt", "port.txt"
WORDS = ("lamp", "radio", "clock", "robot", "piano", "camel")
# x is a group that is not 0. The longest run of zeros is always the only one of its length.
LONG = (("xx0000xx", "xx000xxx"), ("xxx00000", "xxxx0000"), ("0000xxxx",))
SHORT = (("xx0000xx", "xxx0000x"), ("x00x000x", "x000x00x"), ("xx0xx000", "x0xxx000"))


def addresses(work: Work) -> tuple[list[IPv6Address], list[IPv6Address]]:
    """Return what this student has to write long, and what to write short."""
    rng = work.rng("addresses")

    def address(patterns: tuple[str, ...]) -> IPv6Address:
        sizes = rng.choices((1, 2, 3, 4), k=8)
        groups = (
            rng.randrange(16 ** (size - 1), 16**size) if char == "x" else 0
            for char, size in zip(rng.choice(patterns), sizes, strict=True)
        )
        return IPv6Address(":".join(f"{group:x}" for group in groups))

    return [address(patterns) for patterns in LONG], [address(patterns) for patterns in SHORT]


def holders(work: Work) -> list[tuple[int, str]]:
    """Return ports and program names; the first is the one to find."""
    rng = work.rng("holders")
    port, word = rng.randrange(20010, 29990), rng.choice(WORDS)
    numbers = rng.sample(range(10, 100), 4)
    return [(port + away, f"{word}-{n}") for away, n in zip((0, 1, -1, 9), numbers, strict=True)]


def setup(work: Work) -> list[str]:
    """Lay both forms; start the programs and wait for their ports."""
    long, short = addresses(work)
    work.create_file(
        ADDRESSES,
        "# 在等号后面写答案。\n\n# 一、写长：八组，每组四个数字\n"
        + "".join(f"{address.compressed} = \n" for address in long)
        + "\n# 二、写短：越短越好\n"
        + "".join(f"{address.exploded} = \n" for address in short),
    )
    port = holders(work)[0][0]
    work.create_file(PORT, f"# 哪个进程占着这个端口？\n端口 = {port}\n进程号 = \n程序名 = \n")
    for number, (port, name) in enumerate(holders(work)):
        work.spawn(f"holder-{number}", "holder.py", str(port), name)
        deadline = time.monotonic() + 10
        while not listens(port) and time.monotonic() < deadline:
            time.sleep(0.02)
    return ["有几个程序在后台占着几个端口。重启机器以后它们就没有了，那时再 lab start 5.1.4。"]


def listens(port: int) -> bool:
    """Say whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def check(work: Work) -> None:
    """The addresses first, then the process."""
    long, short = addresses(work)
    answers = work.answers(ADDRESSES)
    work.step(f"{ADDRESSES}：写长")
    for address in long:
        judge(work, address, address.compressed, answers, "写长：八组，每组四个数字")
    work.step(f"{ADDRESSES}：写短")
    for address in short:
        judge(work, address, address.exploded, answers, "写短：能省的 0 都省掉")
    check_holder(work)


def judge(
    work: Work, address: IPv6Address, question: str, answers: dict[str, str], expected: str
) -> None:
    """Compare one answer; upper and lower case are the same."""
    answer = answers.get(question, "").lower()
    wanted = address.compressed if question == address.exploded else address.exploded
    if answer == wanted:
        return
    work.require(
        answer,
        actual=f"{question} 的等号后面没有答案",
        expected=expected,
        hint="答案写在等号右边；等号左边的题目留着，不要改。",
    )
    actual = f"{question} = {answer}"
    hint = "同一个地址，写法不对：每组要补满四个数字，不够的在左边补 0，一共八组，没有 ::。"
    try:
        given = IPv6Address(answer)
    except ValueError:
        hint = (
            ":: 只能出现一次：出现两次就不知道各省了几组 0 了。"
            if answer.count("::") > 1
            else "这不是一个完整的 IPv6 地址：数一数冒号分出了几组，没有 :: 时要正好八组，每组最多四个数字。"
        )
    else:
        if given != address:
            actual += f"\n你写的这个地址，换一种写法是 {given.compressed if wanted == address.exploded else given.exploded}"
            hint = "和题目不是同一个地址了：和题目一组一组地比，开头的 0 才能省，后面的 0 不能省。"
        elif wanted == address.compressed:
            hint = ":: 没有用在最长的那一串 0 上：数一数每一串有几组，省最长的那一串。"
            if re.search(r"(^|:)0[0-9a-f]", answer):
                hint = "还能再短：每组开头的 0 都可以省，0db8 写成 db8，0000 写成 0。"
            elif "::" not in answer:
                hint = "还能再短：最长的那一串全 0 的组可以写成 ::。"
    work.require(False, actual=actual, expected=expected, hint=hint)


def check_holder(work: Work) -> None:
    """The number of the process, then its name."""
    (port, name), *others = holders(work)
    work.step("占着端口的程序还在")
    pid = work.spawned("holder-0")
    work.require(
        pid,
        actual=f"占着端口 {port} 的程序已经结束了",
        expected="只是找到它，不结束它",
        hint="运行 lab start 5.1.4，它会再启动；进程号会和上次不一样，要重新找。",
    )
    work.step(f"{PORT}：进程号")
    answers = work.answers(PORT)
    given = answers.get("进程号", "")
    known = {str(work.spawned(f"holder-{n}")): who for n, who in enumerate(others, start=1)}
    hint = f"sudo lsof -i :{port} 的第二列（PID）就是进程号。程序重新启动过的话，进程号会变。"
    if given in known:
        hint = f"进程 {given} 占着的是端口 {known[given][0]}，不是 {port}。端口号要一个数字一个数字地看清楚。"
    work.require(
        given == str(pid),
        actual=f"进程号 = {given or '（还没有答案）'}",
        expected=f"占着端口 {port} 的那个进程的号",
        hint=hint,
    )
    work.step(f"{PORT}：程序名")
    given = answers.get("程序名", "")
    hint = "同一行的第一列（COMMAND）就是程序名，后面的数字也是名字的一部分。"
    if "python" in given:
        hint = "python3 是运行它的解释器，好几个程序都是它运行的。要写 lsof 第一列（COMMAND）里的名字。"
    work.require(
        given == name,
        actual=f"程序名 = {given or '（还没有答案）'}",
        expected=f"进程 {pid} 在 lsof 里显示的名字",
        hint=hint,
    )
