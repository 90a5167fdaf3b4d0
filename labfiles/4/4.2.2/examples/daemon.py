"""普通线程做完，进程才会结束；守护线程（daemon=True）不用等，进程结束时它也就没有了。"""

import time
from threading import Event, Thread


def music(playing: Event) -> None:
    """永远放不完的音乐。"""
    print("背景音乐：响起来了，永远放不完", flush=True)
    playing.set()
    while True:
        time.sleep(1)


def eat(seconds: float) -> None:
    """客人要吃 seconds 秒。"""
    time.sleep(seconds)
    print("客人：吃好了", flush=True)


def main() -> None:
    """主线程自己什么也不等：进程会等客人，不会等音乐。"""
    playing = Event()
    background = Thread(target=music, args=(playing,), daemon=True)
    guest = Thread(target=eat, args=(1.5,))
    background.start()
    guest.start()
    playing.wait()
    print("客人的线程还活着：", guest.is_alive(), sep="", flush=True)
    print("音乐的线程还活着：", background.is_alive(), sep="", flush=True)
    print("主线程：我做完了", flush=True)


if __name__ == "__main__":
    main()
