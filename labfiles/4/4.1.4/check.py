"""Checks 4.1.4: a subclass of Process whose result comes back from the child, two of them at a time."""

from __future__ import annotations

from lab.checking import Work

# Who multiplies these in the parent is seen; a child that gets them in a parcel unpacks plain numbers. A child that is
# forked ends late, so that a parent that does not wait for it is seen, too.
BEFORE = """
import os, time
multiplied = []

class Number(int):
    def __mul__(self, other):
        multiplied.append(os.getpid())
        return int(self) * int(other)

    __rmul__ = __mul__

    def __pow__(self, other, modulus=None):
        multiplied.append(os.getpid())
        return pow(int(self), other, modulus)

    def __reduce__(self):
        return int, (int(self),)

run = squares.Squares.run

def run_and_linger(self):
    run(self)
    time.sleep(0.3)

squares.Squares.run = run_and_linger
numbers = [Number(number) for number in {numbers}]
"""
IN_THE_CHILD = "要算的事写在 run 里，start() 会在子进程里调用它；在 __init__ 或者 result 里算，就是父进程算的。"
SUPER = "__init__ 的第一句是 super().__init__() 吗？少了它，Process 自己的东西都没有准备好。"


def check(work: Work) -> None:
    """Ask one for its result, then two that live at the same time."""
    rng = work.rng("numbers")
    one, two = (rng.sample(range(2, 60), 5) for _ in range(2))
    total, other = (sum(number * number for number in numbers) for numbers in (one, two))
    command = f"p = squares.Squares({one}); p.start(); p.result()"
    expected = f"（子进程的 PID，{total}）"

    work.step("start 以后，result 返回结果")
    with work.start_evaluation(
        "squares",
        "[*(lambda p: (p.start(), p.result(), p.pid, p.is_alive()))(squares.Squares(numbers))[1:], "
        "os.getpid() in multiplied]",
        before=BEFORE.format(numbers=one),
        shown=command,
        seconds=6,
        recorded=True,
    ) as program:
        result, pid, alive, multiplied = work.result(
            program,
            expected,
            hint=f"{SUPER}run 里要 put，result 里才 get 得到；run 的名字不能改。",
        )
        history = program.history()
    work.require(
        isinstance(result, list) and len(result) == 2,
        command=command,
        actual=f"result() 返回 {result}",
        expected=expected,
        hint="result 返回队列里取出来的那一对：return answer。",
    )
    where, actual = result
    hint = "平方和：每个数乘自己，再全部加起来。"
    if actual in (None, 0):
        hint = (
            "run 在子进程里改 self，父进程的 self 不会变：结果要用队列送回来，result 从队列里取。"
        )
    elif actual == sum(one):
        hint = "这是这些数的和；平方和要先让每个数乘自己。"
    work.require(
        actual == total, command=command, actual=f"得到 {actual}", expected=expected, hint=hint
    )
    work.step("结果是子进程算的")
    children = [child.number for child in history.workers()]
    work.require(
        not multiplied,
        command=command,
        actual="父进程自己算了平方",
        expected="子进程算出来的",
        hint=IN_THE_CHILD,
    )
    work.require(
        children == [pid] and where == pid,
        command=command,
        actual=f"结果说是进程 {where} 算的；系统看到的子进程是 {children}，父进程是 {history.main.number}",
        expected="子进程算出来的，和它自己的 PID",
        hint=f"os.getpid() 也要在 run 里问。{IN_THE_CHILD}",
    )
    work.step("取到结果以后，子进程已经结束")
    work.require(
        not alive,
        command=command,
        actual="result() 返回以后，子进程还活着",
        expected="result 等它结束再返回",
        hint="取出结果以后，self.join()。",
    )
    work.step("两个一起做，结果各是各的")
    answer = work.evaluate(
        "squares",
        # The second has its answer ready before the first begins.
        "(lambda p, q: (q.start(), q.join(), p.start(), [p.result()[1], q.result()[1]])[-1])"
        f"(squares.Squares({one}), squares.Squares({two}))",
        expected=f"{total} 和 {other}",
        hint="两个对象各有一个自己的队列：写在 __init__ 里，写成 self.名字。",
        seconds=6,
    )
    work.require(
        answer == [total, other],
        command=f"p, q = squares.Squares({one}), squares.Squares({two})",
        actual=f"p 得到 {answer[0]}，q 得到 {answer[1]}",
        expected=f"p 得到 {total}，q 得到 {other}",
        hint="两个对象共用了一个队列，就会拿错：队列在 __init__ 里创建，写成 self.名字，一个对象一个。",
    )
