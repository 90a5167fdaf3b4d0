"""几个线程同时往一个账户里存钱：不加锁会少钱，加了锁一元不少。"""

import time
from collections.abc import Callable
from threading import Barrier, Lock, Thread

THREADS = 4
TIMES = 200


class Account:
    """一个账户，和一把看着它的锁。"""

    def __init__(self) -> None:
        self.money = 0
        self.lock = Lock()


def deposit(account: Account) -> None:
    """存一元：读出来，加一，写回去。这三步合起来就是临界区。"""
    seen = account.money
    # 从 Python 3.10 起，只在循环回头、函数调用这样的地方才会换线程，写成 money += 1 很久才错一次。
    # 但是谁也不保证什么时候换。在这里睡一万分之一秒，把偶尔才有的错变成每次都看得见的错。
    time.sleep(0.0001)
    account.money = seen + 1


def deposit_with_lock(account: Account) -> None:
    """拿着锁存一元：别的线程想进来，就在 acquire 那里等。"""
    account.lock.acquire()
    try:
        deposit(account)
    finally:
        account.lock.release()  # 中间出了错也要放开；写成 with account.lock: 更短


def experiment(save: Callable[[Account], None]) -> int:
    """THREADS 个线程，每个存 TIMES 次；返回最后账户里的钱。"""
    account, ready = Account(), Barrier(THREADS)

    def customer() -> None:
        ready.wait()  # 等大家都到齐，一起开始
        for _ in range(TIMES):
            save(account)

    threads = [Thread(target=customer) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return account.money


def main() -> None:
    """先不加锁，再加锁。"""
    should = THREADS * TIMES
    got = experiment(deposit)
    print(f"不加锁：应该有 {should} 元，实际只有 {got} 元，少了 {should - got} 元", flush=True)
    wrong = 0
    for number in range(1, 6):
        got = experiment(deposit_with_lock)
        wrong += got != should
        print(f"加了锁，第 {number} 次：应该有 {should} 元，实际有 {got} 元", flush=True)
    print(f"加了锁，5 次里算错了 {wrong} 次")


if __name__ == "__main__":
    main()
