"""Checks 5.1.2: protocols and other things matched to the layers of OSI and of TCP/IP, a selection for each student."""

from __future__ import annotations

import re
import unicodedata

from lab.checking import Work

FILE = "layers.txt"
# What lives where, with a clue that does not tell the layer's name.
PLACES = {
    7: {
        "HTTP": "浏览器和网站之间的约定，由程序直接使用",
        "FTP": "传文件的程序之间的约定",
        "SMTP": "发邮件的程序之间的约定",
        "DNS": "程序用它把域名变成地址",
        "SSH": "你登录这台机器用的程序之间的约定",
    },
    6: {"字符编码": "文字怎样变成字节", "图片格式": "图片怎样变成字节"},
    5: {"登录状态": "一场对话要保持住", "断点续传": "断了以后接着上一场对话做"},
    4: {"TCP": "它的头部里有端口号，送到一个程序", "UDP": "它的头部里有端口号，送到一个程序"},
    3: {"IP": "它送到一台主机", "ICMP": "ping 用它，找的是一台主机，没有端口号"},
    2: {"以太网": "一块网卡送到另一块网卡", "Wi-Fi": "一块网卡送到另一块网卡"},
    1: {"网线": "摸得着，走的是信号", "光纤": "摸得着，走的是信号", "无线电波": "走的是信号"},
}
NAMES = {7: "应用层", 6: "应用层", 5: "应用层", 4: "传输层", 3: "网络层", 2: "网络接口层"}
OTHER_NAMES = {"网际层": "网络层", "链路层": "网络接口层", "物理链路层": "网络接口层"}


def chosen(work: Work) -> list[tuple[str, int]]:
    """Return this student's things with their OSI layers, in this student's order."""
    rng = work.rng("layers")
    counts = {7: 3, 6: 1, 5: 1, 4: 2, 3: 2, 2: 1, 1: 1}
    found = [
        (name, layer)
        for layer, count in counts.items()
        for name in rng.sample(sorted(PLACES[layer]), count)
    ]
    rng.shuffle(found)
    return found


def setup(work: Work) -> None:
    """Lay the form."""
    work.create_file(
        FILE,
        "# 每一行的等号后面写两样，中间空一格：OSI 的层号（1 到 7）和 TCP/IP 四层里的层名。\n"
        "# 层名是这四个：应用层 传输层 网络层 网络接口层。下面一行是例子：\n"
        "#   POP3 = 7 应用层\n\n" + "".join(f"{name} = \n" for name, _ in chosen(work)),
    )


def check(work: Work) -> None:
    """Read the form; the OSI numbers come first, then the names."""
    things = chosen(work)
    work.step(f"{FILE} 里每一行都填了")
    answers: dict[str, tuple[int, str]] = {}
    for line in work.lines(FILE, hint="没有这个文件就再运行一次：lab start 5.1.2"):
        # An input method for Chinese types wide digits and equals signs.
        plain = unicodedata.normalize("NFKC", line)
        if plain.startswith("#"):
            continue
        name, _, answer = (part.strip() for part in plain.partition("="))
        match = re.fullmatch(r"第?([1-7])[\s层,、.]*(\w+)", answer)
        work.require(
            match,
            actual=f"这一行是：{line}",
            expected=f"像这样：{name or 'POP3'} = 层号 层名",
            hint="等号后面先写 1 到 7 的一个数字，空一格，再写层名，两样都要有。",
        )
        assert match
        answers[name] = int(match[1]), OTHER_NAMES.get(match[2], match[2])
    missing = [name for name, _ in things if name not in answers]
    work.require(
        not missing,
        actual=f"没有这几行：{'、'.join(missing)}",
        expected=f"{len(things)} 样都在，名字和发给你的一样",
        hint="这份题每个人不一样。把缺的行补上，或者把文件改个名字，再 lab start 5.1.2 拿一份新的。",
    )
    work.step("OSI 的层号都对")
    for name, layer in things:
        work.require(
            answers[name][0] == layer,
            actual=f"{name} 写在 OSI 第 {answers[name][0]} 层",
            expected=f"{name} 在它真正住的那一层",
            hint=f"{name}：{PLACES[layer][name]}。对照 lab show 5.1.2 的图里“做什么”那一列想一想。",
        )
    work.step("TCP/IP 的层名都对")
    for name, layer in things:
        wanted = NAMES.get(layer, "网络接口层")
        work.require(
            answers[name][1] == wanted,
            actual=f"{name} 在 OSI 第 {layer} 层（对），TCP/IP 的层名写了 {answers[name][1]}",
            expected="TCP/IP 四层里的一层，包着 OSI 的这一层",
            hint="TCP/IP 只有四层：OSI 的 5、6、7 合成一层，1、2 合成一层。看图里第二列，它占了几格高？",
        )
