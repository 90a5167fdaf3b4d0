"""练习 4.2.4：一个银行账户，几个人同时存取，一分钱也不能错。

运行：python3 account.py
做完以后检查：lab check 4.2.4
"""

import time
from threading import Lock, Thread  # noqa: F401


def record(text: str) -> None:
    """记一笔账，要一会儿。每一笔存取，在读余额和写余额之间都要记账。"""
    time.sleep(0.001)


class Account:
    """一个账户。几个线程可以同时用它。"""

    def __init__(self, balance: int) -> None:
        """开户，先存 balance 元。"""
        self.balance = balance
        # TODO 1：给账户一把锁

    def deposit(self, amount: int) -> None:
        """存 amount 元。"""
        # TODO 2：从读余额到写余额，中间不能有别人：用锁保护起来
        balance = self.balance
        record(f"存 {amount}")
        self.balance = balance + amount

    def withdraw(self, amount: int) -> None:
        """取 amount 元；余额不够就抛出 ValueError，一分钱也不动。"""
        # TODO 3：这里也一样；想一想，抛出错误的时候，锁放开了吗？
        balance = self.balance
        if balance < amount:
            raise ValueError("余额不够")
        record(f"取 {amount}")
        self.balance = balance - amount


if __name__ == "__main__":
    account = Account(0)
    people = [Thread(target=account.deposit, args=(1,)) for _ in range(100)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    print(f"100 个人各存 1 元，账上有 {account.balance} 元")
