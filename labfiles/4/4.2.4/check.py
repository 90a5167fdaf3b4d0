"""Checks 4.2.4: an account on which threads deposit and withdraw at the same time without losing a cent."""

from __future__ import annotations

from typing import Any, Final

from lab.checking import Work

# Whoever has read the balance or is about to write it waits there a while for somebody else to read it: with a lock
# nobody comes. All set out at the same time. Where the balance is a property already they wait while they record.
BEFORE: Final = """
import threading
inside, most, total, reads = 0, 0, 0, 0
state = threading.Condition()
outside = threading.local()

def wait_for_another():
    with state:
        seen = reads
        state.wait_for(lambda: reads > seen or inside > 1, {patience})

def record(text):
    global inside, most, total
    with state:
        inside += 1
        total += 1
        most = max(most, inside)
        state.notify_all()
    if not watched:
        wait_for_another()
    with state:
        inside -= 1

def read(self):
    global reads
    value = self.__dict__["balance"]
    if hasattr(outside, "met"):
        with state:
            reads += 1
            state.notify_all()
        if not outside.met:
            outside.met = True
            wait_for_another()
    return value

def write(self, value):
    if hasattr(outside, "met"):
        wait_for_another()
    self.__dict__["balance"] = value

account.record = record
watched = not hasattr(account.Account, "balance")
if watched:
    account.Account.balance = property(read, write)
mine = account.Account({balance})
refused = []
go = threading.Barrier(len({actions!r}))

def use(action, amount):
    outside.met = False
    go.wait()
    try:
        getattr(mine, action)(amount)
    except ValueError:
        refused.append(amount)

people = [threading.Thread(target=use, args=args) for args in {actions!r}]
for person in people:
    person.start()
for person in people:
    person.join()
after = {after}
"""
ONE_LOCK: Final = (
    "从读余额到写余额，用 with self.lock: 包起来；锁在 __init__ 里创建一次，大家用同一把。"
)


def check(work: Work) -> None:
    """Let people in at the same time, in several combinations."""
    rng = work.rng("amounts")
    balance = rng.randint(200, 900)
    first, other, third = (rng.randint(10, 99) for _ in range(3))

    work.step("同时存款，一分不少")
    deposits = [("deposit", amount) for amount in (first, other, third)]
    result = play(work, balance, deposits)
    expect(work, deposits, result, balance, balance + first + other + third, ONE_LOCK)

    work.step("一个存、一个取，也不能同时")
    mixed = [("deposit", first), ("withdraw", other)]
    hint = f"存和取改的是同一个余额，要用同一把锁：withdraw 里也要有。{ONE_LOCK}"
    expect(work, mixed, play(work, balance, mixed), balance, balance + first - other, hint)

    work.step("余额只够一个人取的时候，只有一个人取到")
    race = [("withdraw", balance - 1), ("withdraw", balance - 2)]
    result = play(work, balance, race)
    hint = "“余额够不够”也要在锁里面问，新的余额也要在锁里面写：问的时候够，等到取的时候可能已经不够了。"
    told = f"取到 {2 - len(result['refused'])} 个人，账上有 {result['balance']} 元"
    work.require(
        len(result["refused"]) == 1 and result["balance"] in (1, 2),
        command=shown(balance, race),
        actual=told,
        expected="一个人取到，另一个人得到 ValueError，账上不会是负数",
        hint=hint,
    )

    work.step("全部取走，也可以")
    all_of_it = [("withdraw", balance)]
    result = play(work, balance, all_of_it, patience=0.05)
    work.require(
        not result["refused"] and result["balance"] == 0,
        command=shown(balance, all_of_it),
        actual=f"{'抛出 ValueError，' if result['refused'] else ''}账上有 {result['balance']} 元",
        expected="账上有 0 元",
        hint="余额正好够也是够：balance < amount 才不够。",
    )

    work.step("取不到的人走了，别人还能用")
    refused = [("withdraw", balance + first)]
    result = play(work, balance, refused, "mine.deposit(1)", patience=0.05)
    work.require(
        result["refused"] == [balance + first] and result["balance"] == balance + 1,
        command=shown(balance, refused),
        actual=f"{'没有' if not result['refused'] else ''}抛出 ValueError，再存 1 元，账上有 {result['balance']} 元",
        expected=f"抛出 ValueError，余额不变；再存 1 元，账上有 {balance + 1} 元",
        hint="余额不够就 raise ValueError，不要动余额。",
    )


def play(
    work: Work,
    balance: int,
    actions: list[tuple[str, int]],
    after: str = "None",
    patience: float = 0.2,
) -> dict[str, Any]:
    """Return what became of an account when several threads used it at the same time."""
    result: dict[str, Any] = work.evaluate(
        "account",
        "{'balance': mine.balance, 'refused': refused, 'most': most, 'total': total}",
        expected="每个人都办完，程序自己结束",
        hint="锁拿了没有放：acquire 以后一定要 release，抛出错误的时候也要。用 with self.lock: 就不会忘。"
        "拿着锁的时候也不要再拿同一把锁。",
        before=BEFORE.format(balance=balance, actions=actions, after=after, patience=patience),
        shown=shown(balance, actions),
        seconds=5,
    )
    return result


def shown(balance: int, actions: list[tuple[str, int]]) -> str:
    """Return what happens, as the student would write it."""
    calls = "，".join(f"a.{action}({amount})" for action, amount in actions)
    return f"a = account.Account({balance}) 同时：{calls}"


def expect(
    work: Work,
    actions: list[tuple[str, int]],
    result: dict[str, Any],
    before: int,
    balance: int,
    hint: str,
) -> None:
    """Expect one in the critical section at a time, and the right balance."""
    work.require(
        result["total"] == len(actions),
        command=shown(before, actions),
        actual=f"记了 {result['total']} 笔账",
        expected=f"{len(actions)} 笔，每一笔存取都调用一次 record",
        hint="record 那一行要留着，还在读余额和写余额之间。",
    )
    actual = f"账上有 {result['balance']} 元"
    if result["most"] > 1:
        actual += f"；有 {result['most']} 个人同时在读和写之间"
    work.require(
        result["most"] <= 1 and result["balance"] == balance,
        command=shown(before, actions),
        actual=actual,
        expected=f"账上有 {balance} 元，读和写之间一次只有一个人",
        hint=hint,
    )
