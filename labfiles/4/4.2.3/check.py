"""Checks 4.2.3: a subclass of Thread with parameters, several of them playing at the same time."""

from __future__ import annotations

from typing import Final

from lab.checking import Work

TITLES: Final = ("茉莉花", "彩云追月", "渔舟唱晚", "春江花月夜", "步步高", "二泉映月")
# Nobody goes on from its first time before all have begun it; a beginner's wrong call ends the wait early. One song
# begins its last time only when all others have ended, and takes longer.
BEFORE: Final = """
import threading, time
songs, last = {songs!r}, {last!r}
gate = threading.Barrier(len(songs))
calls, met, strangers = [], [], []

def sing(title, number):
    calls.append([title, number] if isinstance(title, str) else [repr(title), repr(number)])
    me = threading.current_thread()
    if not isinstance(me, player.Player):
        strangers.append(str(title))
    elif number == 1 or number is True:
        try:
            gate.wait(3)
            met.append(str(title))
        except threading.BrokenBarrierError:
            pass
    if me is not threading.main_thread() and title == last and number == songs[last]:
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and any(
            isinstance(other, player.Player) and other is not me for other in threading.enumerate()
        ):
            time.sleep(0.01)
        time.sleep(0.3)
    time.sleep(0.02)

player.sing = sing
result = player.play_all(dict(songs))
alive = threading.active_count() - 1
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join()
"""


def check(work: Work) -> None:
    """Have several songs played twice: the first one ends last, then the last one does."""
    rng = work.rng("songs")
    for count, last in ((3, 0), (4, 3)):
        titles = rng.sample(TITLES, count)
        times = rng.sample(range(2, 7), count)
        check_run(work, dict(zip(titles, times, strict=True)), titles[last])


def check_run(work: Work, songs: dict[str, int], last: str) -> None:
    """Listen; `last` is the song that ends last."""
    command = f"player.play_all({songs})"
    work.step(f"{len(songs)} 首歌：放完以后，程序自己结束")
    result, calls, met, strangers, alive = work.evaluate(
        "player",
        "[result, calls, met, strangers, alive]",
        expected=f"返回 {songs}",
        hint="__init__ 的第一句是 super().__init__() 吗？歌名和遍数记在 self 里了吗？",
        before=BEFORE.format(songs=songs, last=last),
        shown=f"print({command})",
        seconds=10,
    )
    work.step("每首歌都放了，遍数是它自己的")
    for title, times in songs.items():
        numbers = [number for name, number in calls if name == title]
        hint = f"run 里循环 self.times 遍，从第 1 遍到第 {times} 遍，每一遍调用 sing(self.title, number)。"
        if not calls:
            hint = "一首也没有放。要做的事写在 run 里，名字不能改；启动用 start()。"
        elif numbers == list(range(times)):
            hint = "遍数从 1 数起：range(1, self.times + 1)。"
        work.require(
            numbers == list(range(1, times + 1)),
            command=command,
            actual=f"《{title}》放了这几遍：{numbers or '没有放'}",
            expected=f"从第 1 遍到第 {times} 遍",
            hint=hint,
        )
    work.step("歌是在 Player 自己的线程里放的")
    work.require(
        not strangers,
        command=command,
        actual=f"《{strangers[0]}》是主线程放的" if strangers else "",
        expected="每个 Player 在自己的线程里放",
        hint="调用 start()，它会在新的线程里调用 run；自己调用 run()，还是在主线程里。",
    )
    work.step("几首歌是同时放的")
    work.require(
        len(met) == len(songs),
        command=command,
        actual="一首放完，下一首才开始",
        expected=f"{len(songs)} 首同时开始",
        hint="先全部 start，再全部 join：两个循环。",
    )
    work.step("放完以后才返回，数目也对")
    work.require(
        not alive,
        command=command,
        actual=f"返回的时候，还有 {alive} 首歌没有放完",
        expected="都放完了才返回",
        hint="先对每个 player 都 join()，再返回。",
    )
    work.require(
        result == songs,
        command=command,
        actual=f"返回了 {str(result)[:300]}",
        expected=f"{songs}",
        hint="先对每个 player 都 join()，放完了再读 played；每放完一遍，self.played 加 1。",
    )
