"""Checks 2.2.6: a link that outlives a move of its folder, and a shutdown that was planned and cancelled."""

from __future__ import annotations

import os
import re
import stat
from typing import Final

from lab.checking import Work

TITLES: Final = ("tea", "stars", "trees", "rivers", "birds", "bridges", "clouds", "lamps")
TODO, PLAN = "todo.txt", "plan.txt"
# What logind keeps of a plan; see shutdown(8) and logind's own interface.
SCHEDULED: Final = "/run/systemd/shutdown/scheduled"


def book(work: Work) -> str:
    """Return the name of this student's book."""
    return f"{work.rng('book').choice(TITLES)}.txt"


def minutes(work: Work) -> int:
    """Return in how many minutes this student's machine is to be shut down."""
    return work.rng("minutes").randint(40, 110)


def setup(work: Work) -> None:
    """Lay the book and what to do."""
    if os.path.lexists(work.path(TODO)):
        return
    work.create_file(
        f"library/{book(work)}",
        f"这是 {book(work)}，编号 {work.rng('number').randrange(10**6)}\n",
    )
    work.create_file(
        TODO,
        f"一、建文件夹 desk，在里面做一个软链接 book，指向 library 里的 {book(work)}\n"
        "二、建文件夹 attic，把整个 desk 移到 attic 里；cat attic/desk/book 还要读得到\n"
        f"三、定一个计划：{minutes(work)} 分钟以后关机；马上把 {SCHEDULED} 的内容存成 {PLAN}\n"
        "四、取消这个计划\n",
    )


def check(work: Work) -> None:
    """The link first, then the plan."""
    check_link(work)
    check_plan(work)


def check_link(work: Work) -> None:
    """A link by an absolute path, in a folder that was moved."""
    target = work.path(f"library/{book(work)}")
    name = "attic/desk/book"
    work.step("一、二、链接做好了，跟着 desk 搬到了 attic")
    try:
        mode = os.lstat(work.path(name)).st_mode
    except OSError:
        mode = 0
    hint = "ln -s 目标 链接：ln -s ~/labs/2.2.6/work/library/… desk/book，再 mv desk attic。"
    if not mode and os.path.lexists(work.path("desk/book")):
        hint = "链接还在 desk/book：desk 还没有搬家。mkdir attic，再 mv desk attic。"
    work.require(mode, actual=f"没有 {work.tilde(name)}", expected="一个软链接", hint=hint)
    work.require(
        stat.S_ISLNK(mode),
        actual=f"{work.tilde(name)} 不是软链接",
        expected="ls -l 那一行以 l 开头，后面有箭头",
        hint="cp 做出来的是另一个文件，ln 不加 -s 是硬链接，都不是软链接：用 ln -s。先用 rm 删掉现在这个。",
    )
    path = os.readlink(work.path(name))
    work.require(
        os.path.isabs(path),
        actual=f"{work.tilde(name)} 指着 {path}，这是相对路径",
        expected="目标从 / 开始",
        hint="相对的目标从链接所在的文件夹算起，desk 一搬家就断了。目标写绝对路径：$(pwd)/library/… 或者从 / 写全。",
    )
    work.step("链接通到书那里")
    work.require(
        os.path.realpath(work.path(name)) == os.path.realpath(target) and os.path.isfile(target),
        actual=f"{work.tilde(name)} 指着 {path}",
        expected=f"指着 {target}",
        hint=f"cat {name} 读得到吗？看看目标有没有写错：ls -l {name}",
    )


def check_plan(work: Work) -> None:
    """A plan as logind keeps it, made for the right time and gone by now."""
    work.step("三、定过关机的计划")
    text = work.text(PLAN, f"定好计划以后：cat {SCHEDULED} > {PLAN}")
    found = re.search(r"^USEC=(\d+)$", text, re.M)
    work.require(
        found,
        actual=f"{PLAN} 里没有 USEC= 这一行",
        expected=f"{PLAN} 是 {SCHEDULED} 的内容",
        hint=f"定好计划、还没取消的时候存：cat {SCHEDULED} > {PLAN}",
    )
    assert found
    left = int(found[1]) / 1e6 - os.stat(work.path(PLAN)).st_mtime
    wanted = minutes(work) * 60
    work.require(
        wanted - 300 < left < wanted + 120,
        actual=f"存 {PLAN} 的时候，离关机还有 {left / 60:.0f} 分钟",
        expected=f"{minutes(work)} 分钟（存得晚五分钟以内都算）",
        hint=f"分钟数写在 todo.txt 里：sudo shutdown +{minutes(work)}。不写加号的是钟点，+ 后面才是几分钟以后。",
    )
    work.require(
        "MODE=poweroff" in text,
        actual=" ".join(line for line in text.splitlines() if line.startswith("MODE=")),
        expected="关机（poweroff），不是重启",
        hint="shutdown -r 是重启；关机不加 -r。",
    )
    work.step("四、计划取消了")
    work.require(
        not os.path.lexists(SCHEDULED),
        actual="关机的计划还在，到时候机器就关了",
        expected="没有计划",
        hint="马上取消：sudo shutdown -c",
    )
