"""练习 4.2.3：一个自己的线程类：点歌机，几首歌同时放，各放各的遍数。

运行：python3 player.py
做完以后检查：lab check 4.2.3
"""

import time
from threading import Thread


def sing(title: str, number: int) -> None:
    """放一遍歌，要一会儿。"""
    print(f"正在播放《{title}》，第 {number} 遍", flush=True)
    time.sleep(0.2)


class Player(Thread):
    """在自己的线程里，把一首歌放几遍。"""

    def __init__(self, title: str, times: int) -> None:
        """记下歌名和遍数；还没有放过。"""
        # TODO 1：第一句是什么？再把 title 和 times 记在 self 里
        self.played = 0

    def run(self) -> None:
        """从第 1 遍放到第 times 遍，每放完一遍，played 加 1。"""
        # TODO 2：循环：调用 sing(歌名, 第几遍)，再把 self.played 加 1


def play_all(songs: dict[str, int]) -> dict[str, int]:
    """每首歌一个 Player，同时放；都放完以后，返回每首歌放了几遍。"""
    # TODO 3：每首歌创建一个 Player，全部启动，再等它们都放完
    # TODO 4：返回 {歌名: played, …}
    return {}


if __name__ == "__main__":
    print(play_all({"茉莉花": 2, "彩云追月": 3}))
