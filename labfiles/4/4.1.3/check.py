"""Checks 4.1.3: children that report who they are, waited for by a parent that learns how they ended."""

from __future__ import annotations

from typing import Any

from lab.checking import Work
from lab.checking.history import History, together


def check(work: Work) -> None:
    """Let it have several children twice: the last one ends long after the others, then the first one does."""
    few, many = sorted(work.rng("count").sample(range(4, 8), 2))
    check_family(work, few, few - 1)
    check_family(work, many, 0)


def check_family(work: Work, count: int, last: int) -> None:
    """Compare what is said of the children with what the kernel saw of them."""
    expected = f"collect({count}) 返回 {count} 个（父进程，PID，退出码）"
    work.step(f"{count} 个孩子都报告了")
    with work.start_evaluation(
        "family", f"family.collect({count})", seconds=6, recorded=True
    ) as program:
        program.hold_workers(count, last)
        family = work.result(
            program,
            expected,
            hint="孩子放几份报告，父亲就取几份：多取一份会一直等下去。启动用 start()；run() 是在父亲自己身上运行，"
            "孩子的 sys.exit 就把父亲也结束了。",
        )
        history = program.history()
    command = f"family.collect({count})"
    work.require(
        isinstance(family, list)
        and len(family) == count
        and all(isinstance(one, list) and len(one) == 3 for one in family),
        command=command,
        actual=f"返回了 {str(family)[:300]}",
        expected=expected,
        hint="返回一个列表，每个孩子一项：[(父进程, PID, 退出码), …]。",
    )
    check_told(work, family, history, command)


def check_told(work: Work, family: list[list[Any]], history: History, command: str) -> None:
    """Who the children are, whose, at the same time, and how they ended."""
    children = history.workers()
    count = len(family)
    here = history.main.number
    pids = [pid for _, pid, _ in family]
    parents = [parent for parent, _, _ in family]
    born = {child.number: child.parent for child in children}
    swapped = "报告的次序是（编号，os.getppid()，os.getpid()）：getppid 多一个 p（parent），问的是父进程。"
    work.step("每个孩子是一个自己的进程，报告的是自己的 PID")
    hint = (
        "os.getpid() 问的是“运行这一行的是谁”，所以要在 live 里面问，不是在父亲那里问好了再传进去。"
    )
    if len(children) != count:
        hint = f"有几个孩子，就创建几个 Process，都 start()：系统看到父亲创建了 {len(children)} 个子进程。"
    elif sorted(parents, key=str) == sorted(born, key=str):
        hint = swapped
    work.require(
        sorted(pids, key=str) == sorted(born, key=str),
        command=command,
        actual=f"PID 是 {pids}；系统看到的子进程是 {[child.number for child in children]}，父亲是 {here}",
        expected=f"{count} 个子进程的 PID",
        hint=hint,
    )
    work.step("它们是同时活着的")
    most = together(children)
    work.require(
        most == count,
        command=command,
        actual=f"最多只有 {most} 个孩子同时活着",
        expected=f"{count} 个孩子都启动了，才有第一个结束",
        hint="start() 下面马上 join()，就是一个结束了再生下一个：先全部 start，再全部 join。",
    )
    work.step("它们的父进程是同一个")
    work.require(
        parents == [born[pid] for pid in pids],
        command=command,
        actual=f"父进程是 {parents}，父亲的 PID 是 {here}",
        expected=f"{[born[pid] for pid in pids]}（系统看到的）",
        hint=swapped,
    )
    codes = [code for _, _, code in family]
    ended = {child.number: child.code for child in children}
    work.step("父亲等到了每个孩子的退出码")
    hint = "孩子要用 sys.exit(number) 结束；return 一个数字，退出码还是 0。"
    if None in codes:
        hint = "None 的意思是孩子还没有结束：先对每个孩子 join()，再看 exitcode。"
    elif [ended[pid] for pid in pids] != codes:
        hint = f"孩子自己的退出码不是这个：系统看到的是 {[ended[pid] for pid in pids]}。"
        if sorted(codes, key=str) == sorted(ended.values(), key=str):
            hint = "退出码和孩子对不上：报告先按编号排好（sorted），再和 children 一个一个对上。"
    work.require(
        codes == list(range(count)) == [ended[pid] for pid in pids],
        command=command,
        actual=f"退出码是 {codes}",
        expected=f"{list(range(count))}：每个孩子带着自己的编号退出",
        hint=hint,
    )
