"""死锁：两个人各拿着对方要的东西不放手；解法是大家按同样的顺序拿。"""

from threading import Barrier, Lock, Thread

PATIENCE = 1
LOCKS = {"笔": Lock(), "纸": Lock()}


def stubborn(who: str, first: str, second: str, together: Barrier, done: list[str]) -> None:
    """先拿一样，死等另一样，手里的不放。"""
    with LOCKS[first]:
        print(f"  {who}：拿到了{first}，想要{second}", flush=True)
        together.wait()  # 等对方也拿好一样，死锁就一定出现
        # 真正的死锁会永远等下去；这里最多等 1 秒，程序才能自己结束
        if LOCKS[second].acquire(timeout=PATIENCE):
            LOCKS[second].release()
            done.append(who)
        else:
            print(f"  {who}：等了 {PATIENCE} 秒也没有等到{second}", flush=True)
        together.wait()  # 对方也死了心，才一起放手


def orderly(who: str, first: str, second: str, done: list[str]) -> None:
    """两样都拿到才写，写完就放。"""
    with LOCKS[first], LOCKS[second]:
        print(f"  {who}：都拿到了，写完了", flush=True)
        done.append(who)


def run(*people: Thread) -> None:
    """两个人同时开始。"""
    for person in people:
        person.start()
    for person in people:
        person.join()


def main() -> None:
    """先看死锁，再看解法。"""
    done: list[str] = []
    together = Barrier(2)
    print("各拿各的：小明先拿笔，小红先拿纸", flush=True)
    run(
        Thread(target=stubborn, args=("小明", "笔", "纸", together, done)),
        Thread(target=stubborn, args=("小红", "纸", "笔", together, done)),
    )
    print(f"写完了 {len(done)} 个人：这就是死锁\n", flush=True)

    print("都先拿笔、再拿纸：次序相同，就没有人拿着对方要的东西", flush=True)
    run(
        Thread(target=orderly, args=("小明", "笔", "纸", done)),
        Thread(target=orderly, args=("小红", "笔", "纸", done)),
    )
    print(f"写完了 {len(done)} 个人：没有死锁")


if __name__ == "__main__":
    main()
