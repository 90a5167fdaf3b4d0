"""Checks 4.1.3: children that report who they are, waited for by a parent that learns how they ended."""

from __future__ import annotations

from lab.checking import Work


def check(work: Work) -> None:
    """Let it have several children and look at what they are said to be."""
    count = work.rng("count").randint(3, 6)
    expected = f"collect({count}) 返回 {count} 个（父进程，PID，退出码）"
    work.step(f"{count} 个孩子都报告了")
    answer = work.evaluate(
        "family",
        "[__import__('multiprocessing').get_start_method(), __import__('os').getpid(), "
        f"family.collect({count})]",
        expected=expected,
        hint="孩子放几份报告，父亲就取几份：多取一份会一直等下去。启动用 start()；run() 是在父亲自己身上运行，"
        "孩子的 sys.exit 就把父亲也结束了。",
        seconds=6,
    )
    method, here, family = answer
    command = f"family.collect({count})"
    well_formed = isinstance(family, list) and all(
        isinstance(one, list) and len(one) == 3 for one in family
    )
    work.require(
        well_formed and len(family) == count,
        command=command,
        actual=f"返回了 {family}",
        expected=expected,
        hint="返回一个列表，每个孩子一项：[(父进程, PID, 退出码), …]。",
    )
    pids = [pid for _, pid, _ in family]
    parents = {parent for parent, _, _ in family}
    work.step("每个孩子有自己的 PID")
    work.require(
        here not in pids and len(set(pids)) == count,
        command=command,
        actual=f"PID 是 {pids}，父亲的 PID 是 {here}",
        expected=f"{count} 个不同的 PID，都不是父亲的",
        hint="os.getpid() 问的是“运行这一行的是谁”，所以要在 live 里面问，不是在父亲那里问好了再传进去。",
    )
    work.step("它们的父进程是同一个")
    same = len(parents) == 1 and not parents & set(pids)
    if method == "fork":
        same = parents == {here}
    work.require(
        same,
        command=command,
        actual=f"父进程是 {sorted(parents, key=str)}，父亲的 PID 是 {here}",
        expected="都是同一个父进程",
        hint="报告的次序是（编号，os.getppid()，os.getpid()）：getppid 多一个 p（parent），问的是父进程。",
    )
    work.step("父亲等到了每个孩子的退出码")
    codes = [code for _, _, code in family]
    hint = "孩子要用 sys.exit(number) 结束；return 一个数字，退出码还是 0。"
    if None in codes:
        hint = "None 的意思是孩子还没有结束：先对每个孩子 join()，再看 exitcode。"
    elif set(codes) == set(range(count)):
        hint = "退出码和孩子对不上：报告先按编号排好（sorted），再和 children 一个一个对上。"
    work.require(
        codes == list(range(count)),
        command=command,
        actual=f"退出码是 {codes}",
        expected=f"{list(range(count))}：每个孩子带着自己的编号退出",
        hint=hint,
    )
