"""Checks 4.2.2: waiting work done by threads at the same time, its results in the order of the names."""

from __future__ import annotations

from typing import Final

from lab.checking import Work

NAMES: Final = ("地图", "说明书", "照片.jpg", "song.mp3", "成绩单", "notes", "封面", "课表")
# All have to be inside before one may leave; then they leave one by one in the order of `leaving`, the last one late.
BEFORE: Final = """
import copy, threading, time
names, leaving = {names!r}, {leaving!r}
gate = threading.Barrier(len(names))
done = {{name: threading.Event() for name in names}}
asked, met, threads = [], [], set()

def fetch(name):
    asked.append(name if isinstance(name, str) else repr(name))
    threads.add(threading.get_ident())
    if name not in names:
        return "?"
    try:
        gate.wait(3)
        met.append(name)
        before = leaving.index(name) - 1
        if before >= 0:
            done[leaving[before]].wait(3)
        if name == leaving[-1]:
            time.sleep(0.3)
    except threading.BrokenBarrierError:
        pass
    done[name].set()
    return name + {secret!r}

contents = copy.copy(downloads.fetch_all(list(names), fetch))
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join()
"""


def check(work: Work) -> None:
    """Give it a `fetch` that only returns when all are waiting together; the first name is done last, then another one."""
    rng = work.rng("names")
    few, many = sorted(rng.sample(range(3, 8), 2))
    for count, last in ((few, 0), (many, many - 1), (few, 1)):
        names = rng.sample(NAMES, count)
        others = [name for name in reversed(names) if name != names[last]]
        check_run(work, names, [*others, names[last]], f"的内容 {rng.randrange(1000, 10000)}")


def check_run(work: Work, names: list[str], leaving: list[str], secret: str) -> None:
    """Have the names fetched; `leaving` says in which order they are done."""
    wanted = [f"{name}{secret}" for name in names]
    shown = f"print(downloads.fetch_all({names}, downloads.fetch))"
    command = f"downloads.fetch_all({names}, fetch)"
    work.step(f"{len(names)} 个名字都下载了")
    contents, asked, met, threads, main = work.evaluate(
        "downloads",
        "[contents, asked, met, len(threads), threading.main_thread().ident in threads]",
        expected="返回一个列表，每个名字的内容",
        hint="线程里的错误会打印出来：target 只写函数名，参数写在 args 里，只有一个参数时逗号不能少。",
        before=BEFORE.format(names=names, leaving=leaving, secret=secret),
        shown=shown,
        seconds=10,
    )
    missing = [name for name in names if name not in asked]
    work.require(
        not missing and len(asked) == len(names),
        command=command,
        actual=f"下载了 {'、'.join(asked) or '零个'}",
        expected=f"{'、'.join(names)}，每个一次",
        hint="每个名字创建一个线程，每个线程都要 start()，它去调用 fetch(name)。",
    )
    work.step("是一起等的，不是一个等完再等下一个")
    hint = "先全部 start，再全部 join：两个循环。start 下面马上 join，就又变成一个一个了。"
    if main:
        hint = "是主线程自己下载的：target=save(…) 会马上调用它；写 target=save, args=(…)，再 start()。"
    work.require(
        len(met) == len(names) and not main,
        command=command,
        actual="一个还没有下载完，别的都没有开始"
        if len(met) < len(names)
        else "主线程自己也在下载",
        expected=f"{len(names)} 个同时在下载",
        hint=hint,
    )
    work.require(
        threads == len(names),
        command=command,
        actual=f"用了 {threads} 个线程",
        expected=f"{len(names)} 个名字，{len(names)} 个线程",
        hint="每个名字创建一个线程。",
    )
    work.step("都下载完了才返回")
    work.require(
        isinstance(contents, list) and set(wanted) <= set(map(str, contents)),
        command=command,
        actual=f"返回了 {str(contents)[:300]}",
        expected=f"{wanted}",
        hint="返回的时候，有的线程还没有做完：对每一个线程 join() 以后再 return。",
    )
    work.step("次序和名字一样")
    work.require(
        contents == wanted,
        command=command,
        actual=f"返回了 {str(contents)[:300]}",
        expected=f"{wanted}",
        hint="先做完的先放进去，次序就乱了：每个线程把内容放到自己的位置，contents[number] = …。",
    )
