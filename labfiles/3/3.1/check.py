"""Checks 3.1: a text edited as the list says, and another that was left as it was."""

from __future__ import annotations

import os
from typing import Final

from lab.checking import Work

FIRST: Final = ("spring", "summer", "autumn", "winter")
WORDS: Final = ("river", "cloud", "stone", "light", "paper", "green", "bread", "water")
TODO, TEXT, WISH = "todo.txt", "story.txt", "wish.txt"
RUBBISH, TITLE = "#", "标题："


def lines(work: Work) -> list[str]:
    """Return this student's five words."""
    rng = work.rng("words")
    return [rng.choice(FIRST), *rng.sample(WORDS, 4)]


def broken(work: Work) -> str:
    """Return the text as it is given: rubbish in one line, one line too few."""
    one, two, three, _, five = lines(work)
    dirt = RUBBISH * work.rng("dirt").randint(3, 6)
    return f"{one}\n{two}\n{three[:2]}{dirt}{three[2:]}\n{five}\n"


def wish(work: Work) -> str:
    """Return the text that has to stay."""
    return f"我的愿望：学会 vim。编号 {work.rng('wish').randrange(10**6)}\n"


def setup(work: Work) -> None:
    """Lay both texts and what to do."""
    if os.path.lexists(work.path(TODO)):
        return
    work.create_file(TEXT, broken(work))
    work.create_file(WISH, wish(work))
    word = lines(work)[3]
    work.create_file(
        TODO,
        f"用 vim 改 {TEXT}，存盘退出：\n"
        f"一、第 1 行最前面插入“{TITLE}”（命令 i）\n"
        f"二、在第 3 行下面新开一行，写上 {word}（命令 o）\n"
        f"三、把第 3 行里所有的 {RUBBISH} 删掉（命令 x）\n"
        f"用 vim 打开 {WISH}，随便改几个字，然后不存盘退出\n",
    )


def check(work: Work) -> None:
    """Compare line by line."""
    one, two, three, four, five = lines(work)
    work.step(f"{WISH} 还是原来的样子")
    work.require(
        work.text(WISH) == wish(work),
        actual=f"{WISH} 现在是：{work.text(WISH).strip()[:200] or '空的'}",
        expected=wish(work).strip(),
        hint="改了以后不想要，用 :q! 退出，就不存盘；:wq 会存进去。从头来过：lab reset 3.1",
    )
    work.step(f"{TEXT} 存好了，vim 也退出了")
    text = work.lines(TEXT, f"vim {TEXT} 打开它；:wq 存盘退出。文件不见了就 lab reset 3.1。")
    work.require(
        "\n".join(text) != "\n".join(broken(work).splitlines()),
        actual=f"{TEXT} 还是开始的样子",
        expected="按 todo.txt 改好，存了盘",
        hint="是不是用 :q! 退出了？那样改的都不要了。改好以后用 :wq。",
    )
    swap = f".{TEXT}.swp"
    work.require(
        not os.path.lexists(work.path(swap)),
        actual=f"有一个交换文件 {swap}",
        expected="vim 正常退出以后，没有交换文件",
        hint="vim 还开着吗？按 Esc，再 :wq。按了 ctrl-z 的话，输入 fg 就回来。确定没有开着，再 rm 它。",
    )
    typed = [line for line in text if line.rstrip("!") in (":wq", ":w", ":q", "wq")]
    work.require(
        not typed,
        actual=f"{TEXT} 里多了一行：{typed[0] if typed else ''}",
        expected="命令不会写进文件里",
        hint="在插入模式里，打什么都是字。先按 Esc 回到命令模式，再输入 :wq。",
    )
    work.step(f"一、第 1 行前面有“{TITLE}”")
    expect(work, text, 0, f"{TITLE}{one}", "光标移到第 1 行最前面，按 i，打字，再按 Esc。")
    work.step(f"二、第 3 行下面是 {four}")
    work.require(
        four in text,
        actual=f"没有内容是 {four} 的一行",
        expected=f"第 4 行是 {four}，自己占一行",
        hint="光标放在第 3 行，按 o：下面新开一行，直接打字，再按 Esc。",
    )
    expect(work, text, 3, four, "光标要先放在第 3 行上，再按 o；新的一行在光标的下面。")
    work.step(f"三、第 3 行没有 {RUBBISH}")
    expect(work, text, 2, three, f"光标移到 {RUBBISH} 上，按 x，一次删一个；删多了按 u 撤销。")
    work.step("别的行没有动")
    expect(work, text, 1, two, "这一行不用改。改错了按 u 撤销，或者 lab reset 3.1 从头来过。")
    expect(work, text, 4, five, "最后一行不用改。")
    work.require(
        len(text) == 5,
        actual=f"一共 {len(text)} 行",
        expected="一共 5 行",
        hint="多出来的行，把光标放上去，按 dd 删掉一整行。",
    )


def expect(work: Work, text: list[str], number: int, wanted: str, hint: str) -> None:
    """Compare one line; `number` counts from 0."""
    actual = text[number] if number < len(text) else "没有这一行"
    work.require(
        actual.replace(":", "：") == wanted,
        actual=f"第 {number + 1} 行：{actual}",
        expected=f"第 {number + 1} 行：{wanted}",
        hint=hint,
    )
