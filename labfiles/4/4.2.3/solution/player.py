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
        super().__init__()
        self.title = title
        self.times = times
        self.played = 0

    def run(self) -> None:
        """从第 1 遍放到第 times 遍，每放完一遍，played 加 1。"""
        for number in range(1, self.times + 1):
            sing(self.title, number)
            self.played += 1


def play_all(songs: dict[str, int]) -> dict[str, int]:
    """每首歌一个 Player，同时放；都放完以后，返回每首歌放了几遍。"""
    players = [Player(title, times) for title, times in songs.items()]
    for player in players:
        player.start()
    for player in players:
        player.join()
    return {player.title: player.played for player in players}


if __name__ == "__main__":
    print(play_all({"茉莉花": 2, "彩云追月": 3}))
