"""Checks 2.2.5: a report built with `>` and `>>` from values that differ from student to student."""

from __future__ import annotations

import os
import re
from datetime import datetime

from lab.checking import Work

CITIES = ("北京", "上海", "广州", "成都", "西安", "杭州", "武汉", "哈尔滨")


def setup(work: Work) -> None:
    """Lay the order and a tree to draw."""
    city, items = order(work)
    work.create_file(
        "order.txt",
        f"第一行：{city}\n第二行：今天的日期，用 date +%F 得到\n"
        f"第三行：{len(items)} 个文件，这几个字也要写\n然后：tree goods 的输出\n",
    )
    for item in items:
        work.create_file(f"goods/{item}.txt", f"{item}\n")


def order(work: Work) -> tuple[str, list[str]]:
    """Return this student's city and goods."""
    rng = work.rng("order")
    goods = ["apple", "bread", "candle", "dress", "egg", "flute", "glass", "hat", "ink"]
    return rng.choice(CITIES), sorted(rng.sample(goods, rng.randint(3, 6)))


def check(work: Work) -> None:
    """Read the report line by line."""
    city, items = order(work)
    work.step("report.txt 写好了")
    lines = work.lines("report.txt", hint="用 echo … > report.txt 开始写，order.txt 里有要求。")
    work.step("第一行是城市")
    work.require(
        lines and lines[0] == city,
        actual=f"第一行是 {lines[0]!r}" if lines else "report.txt 是空的",
        expected=f"第一行是 {city}",
        hint="第一行用 > 写，它会把文件从头写起；后面的用 >> 接着写。"
        "如果第一行不见了，是不是后面哪一次也用了 >？",
    )
    work.step("第二行是日期")
    # The report may have been begun on any day since `lab start`.
    laid = min(
        (
            os.stat(path).st_mtime
            for path in map(work.path, ("order.txt", "goods"))
            if os.path.exists(path)
        ),
        default=0,
    )
    first, last = (
        datetime.fromtimestamp(moment).strftime("%Y-%m-%d")
        for moment in (laid, os.stat(work.path("report.txt")).st_mtime)
    )
    hint = "date +%F 的输出用 >> 接到文件后面：date +%F >> report.txt"
    dated = len(lines) > 1 and re.fullmatch(r"\d{4}-\d\d-\d\d", lines[1])
    if dated:
        hint = f"日期不要自己打，让 date 来写。{hint}"
    work.require(
        dated and first <= lines[1] <= last,
        actual=f"第二行是 {lines[1]!r}" if len(lines) > 1 else "没有第二行",
        expected=f"第二行是写报告那天的日期，像 {last}",
        hint=hint,
    )
    work.step("第三行是文件个数")
    wanted = f"{len(items)} 个文件"
    work.require(
        len(lines) > 2 and lines[2] == wanted,
        actual=f"第三行是 {lines[2]!r}" if len(lines) > 2 else "没有第三行",
        expected=f"第三行是 {wanted}",
        hint="数一数 goods 里有几个文件：ls goods | wc -l。echo 写进去的时候也要用 >>。",
    )
    work.step("最后是 tree 画的图")
    drawn = "\n".join(lines[3:])
    missing = [item for item in items if f"{item}.txt" not in drawn]
    work.require(
        not missing and drawn.startswith("goods"),
        actual=f"第四行以后是：\n{drawn or '什么也没有'}",
        expected="第四行以后是 tree goods 的输出，goods 里的每个文件都在图里",
        hint="tree goods >> report.txt：在 work 这个文件夹里做，不用先 cd 到 goods 里。",
    )
