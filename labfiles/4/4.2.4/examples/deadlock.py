"""死锁：两个人各拿着对方要的东西不放手；解法是大家按同样的顺序拿。"""

from threading import Barrier, Lock, Thread

PATIENCE = 1.0
pen, paper = Lock(), Lock()
NAMES = {id(pen): "笔", id(paper): "纸"}


def write(who: str, first: Lock, second: Lock, both_hold_one: "Barrier | None") -> None:
    """先拿一样，再拿另一样，都有了才能写。"""
    with first:
        print(f"{who}：拿到了 {NAMES[id(first)]}", flush=True)
        if both_hold_one is not None:
            both_hold_one.wait()  # 等对方也拿好了一样，死锁就一定出现
        # 真正的死锁会永远等下去；这里最多等 1 秒，好让程序自己结束
        if second.acquire(timeout=PATIENCE):
            print(f"{who}：写完了", flush=True)
            second.release()
        else:
            print(
                f"{who}：等了 {PATIENCE:.0f} 秒还没有等到 {NAMES[id(second)]}，这就是死锁",
                flush=True,
            )


def together(barrier: "Barrier | None", swapped: bool) -> None:
    """两个人同时开始。"""
    order = (paper, pen) if swapped else (pen, paper)
    people = [
        Thread(target=write, args=("小明", pen, paper, barrier)),
        Thread(target=write, args=("小红", *order, barrier)),
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()


def main() -> None:
    """先看死锁，再看解法。"""
    print("小明先拿笔，小红先拿纸：", flush=True)
    together(Barrier(2), swapped=True)
    print("统一先拿笔、再拿纸：", flush=True)
    together(None, swapped=False)


if __name__ == "__main__":
    main()
