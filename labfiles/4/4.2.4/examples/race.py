"""几个线程同时往一个账户里存钱：不加锁会少钱，加了锁一分不少。"""

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from threading import Barrier, Lock, Thread

THREADS = 4
TIMES = 200


class Account:
    """一个账户；guard 是存钱时要拿的锁（或者什么也不拿）。"""

    def __init__(self, guard: AbstractContextManager[object]) -> None:
        self.money = 0
        self.guard = guard

    def deposit(self) -> None:
        """存一块钱：读出来，加一，写回去。这三步就是临界区。"""
        with self.guard:
            seen = self.money
            # 现代的 Python 很少正好在这里换线程，所以故意让一下，把偶尔才有的错变成看得见的错
            time.sleep(0)
            self.money = seen + 1


def save(account: Account, ready: Barrier) -> None:
    """等大家都到齐，一起存 TIMES 次。"""
    ready.wait()
    for _ in range(TIMES):
        account.deposit()


def experiment(guard: AbstractContextManager[object]) -> int:
    """返回存完以后账户里的钱。"""
    account, ready = Account(guard), Barrier(THREADS)
    threads = [Thread(target=save, args=(account, ready)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return account.money


def main() -> None:
    """先不加锁，再加锁。"""
    sys.setswitchinterval(1e-5)  # 让解释器更勤地换线程
    should = THREADS * TIMES
    got = experiment(nullcontext())
    # 竞争看运气；万一这一次正好没有出错，就再来
    for _ in range(50):
        if got < should:
            break
        got = experiment(nullcontext())
    print(f"不加锁：应该是 {should}，实际是 {got}，少了 {should - got}")
    got = experiment(Lock())
    print(f"加了锁：应该是 {should}，实际是 {got}，少了 {should - got}")


if __name__ == "__main__":
    main()
