"""Checks 4.1.1: the one process that burns a processor has been ended, and its calm neighbours live."""

from __future__ import annotations

from typing import Final

from lab.checking import Work

NAMES: Final = ("copy", "index", "mail", "clean", "backup", "report", "sync", "thumbs")
RUNAWAY: Final = "runaway"
CALM: Final = ("calm-one", "calm-two")


def setup(work: Work) -> list[str]:
    """Start the runaway and two neighbours that look alike; their name and numbers are the student's own."""
    calm_live = all(work.spawned(name) for name in CALM)
    if work.was_spawned(RUNAWAY) and not work.spawned(RUNAWAY) and calm_live:
        return ["失控的进程已经结束了：lab check 4.1.1。想再做一次：lab reset 4.1.1。"]
    rng = work.rng("names")
    name = rng.choice(NAMES)
    odd, *even = (rng.randrange(100, 200, 2) + away for away in (1, 100, 300))
    for key, number in zip((RUNAWAY, *CALM), (odd, *even), strict=True):
        work.spawn(key, "worker.py", f"{name}-{number}")
    return [f"后台有三个名字里带 {name}- 的进程，其中一个失控了，占着 CPU 不放。"]


def check(work: Work) -> None:
    """The others live, the runaway does not."""
    work.step("练习的进程启动过")
    work.require(
        work.was_spawned(RUNAWAY),
        actual="这个练习的进程还没有启动过",
        expected="三个进程先在后台运行起来",
        hint="启动它们：lab start 4.1.1",
    )
    work.step("没有误伤：两个睡着的进程都还在")
    dead = [name for name in CALM if not work.spawned(name)]
    hint = "它们不占 CPU，没有做错什么。重新来过：lab reset 4.1.1，看清 %CPU 和 PID 再 kill。"
    if len(dead) == len(CALM) and not work.spawned(RUNAWAY):
        hint = (
            "用 pkill、killall 会把名字相像的全部结束：要结束一个，就用 kill 和它的 PID。"
            "（机器重启过，它们也会都不在。）重新来过：lab reset 4.1.1"
        )
    work.require(
        not dead,
        actual=f"{len(dead)} 个不占 CPU 的进程也被结束了",
        expected="只结束失控的那一个，另外两个继续睡",
        hint=hint,
    )
    work.step("失控的进程结束了")
    pid = work.spawned(RUNAWAY)
    hint = "ps aux --sort=-%cpu | head 把最忙的排在最前面。看清它的 PID，再 kill PID，不行再 kill -9 PID。"
    actual = "失控的进程还在，还占着 CPU"
    if pid and is_stopped(pid):
        actual = "失控的进程只是被暂停了，还没有结束"
        hint = "状态 T 是暂停：收到 CONT 信号它又会失控。结束它：kill -9 PID。"
    work.require(not pid, actual=actual, expected="ps aux 里再也看不到它", hint=hint)


def is_stopped(pid: int) -> bool:
    """Say whether a process is paused; one that has ended meanwhile is not. Source: proc_pid_stat(5)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] in "Tt"
    except FileNotFoundError:
        return False
