"""自定义线程类：把一首歌的名字“播放”三遍。"""

import time
from threading import Thread


class Player(Thread):
    """播放歌曲 title 一共 times 遍，每遍 seconds 秒。"""

    def __init__(self, title: str, seconds: float, times: int = 3) -> None:
        super().__init__()  # 先让 Thread 准备好，再添自己的东西
        self.title = title
        self.seconds = seconds
        self.times = times
        self.played = 0

    def run(self) -> None:
        """start() 之后，新线程里执行的就是它。"""
        for number in range(1, self.times + 1):
            print(f"  正在播放{self.title}，第 {number} 遍", flush=True)
            time.sleep(self.seconds)
            self.played += 1


def main() -> None:
    """线程共用内存：放完以后，主线程可以直接看 played。"""
    players = [Player("《茉莉花》", 0.4), Player("《彩云追月》", 0.6)]
    print("主线程：开始播放", flush=True)
    for player in players:
        player.start()
    for player in players:
        player.join()
    for player in players:
        print(f"{player.title}放了 {player.played} 遍")


if __name__ == "__main__":
    main()
