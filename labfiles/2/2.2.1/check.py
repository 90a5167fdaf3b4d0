"""Checks 2.2.1: a prepared folder put in order by wildcards, by the state that it is in afterwards."""

from __future__ import annotations

import os
import stat
from typing import Final, NamedTuple

from lab.checking import Work

PLACES: Final = ("beach", "park", "school", "station", "temple", "garden")
SUBJECTS: Final = ("maths", "music", "history", "sports", "drawing", "science")
TODO: Final = "todo.txt"


class Order(NamedTuple):
    """What this student finds in `inbox`, and the names that are asked for."""

    place: str
    few: list[str]
    many: list[str]
    rubbish: list[str]
    title: str
    subjects: list[str]

    @property
    def photos(self) -> list[str]:
        """Photos of one digit and of several."""
        return [*self.few, *self.many]


def order(work: Work) -> Order:
    """Return this student's folder."""
    rng = work.rng("inbox")
    place = rng.choice(PLACES)
    few = [f"{place}{n}.jpg" for n in sorted(rng.sample(range(1, 10), 3))]
    many = [f"{place}{n}.jpg" for n in sorted(rng.sample(range(10, 200), 3))]
    rubbish = [f"{name}.tmp" for name in rng.sample(SUBJECTS, 3)]
    return Order(place, few, many, rubbish, f"plan{rng.randint(20, 99)}.txt",
                 sorted(rng.sample(SUBJECTS, 3)))  # fmt: skip


def setup(work: Work) -> None:
    """Lay the folder and the list of what to do; what was moved or removed is not laid again."""
    if os.path.lexists(work.path(TODO)):
        return
    found = order(work)
    for name in [*found.photos, *found.rubbish]:
        work.create_file(f"inbox/{name}", f"{name}\n")
    work.create_file("inbox/draft.txt", f"{found.title}\n")
    work.create_file("inbox/trash/old/broken.txt", "坏了\n")
    work.create_file(
        TODO,
        "一、建文件夹 album，里面再建文件夹 few\n"
        f"二、把 inbox 里的 {found.place}*.jpg 全部复制到 album\n"
        f"三、把 album 里数字只有一位的 {found.place}?.jpg 移到 album/few\n"
        f"四、把 inbox 里的 draft.txt 改名为 {found.title}（还在 inbox 里）\n"
        "五、删除 inbox 里所有的 .tmp 文件，再删除文件夹 inbox/trash\n"
        f"六、建文件夹 lessons，在里面一次建三个空文件：{' '.join(f'{s}.txt' for s in found.subjects)}\n",
    )


def check(work: Work) -> None:
    """Look at what stands where, in the order of the list."""
    found = order(work)
    work.step("一、album 和 album/few")
    for folder in ("album", "album/few"):
        work.require(
            is_folder(work, folder),
            actual=f"没有文件夹 {work.tilde(folder)}",
            expected="两个文件夹，few 在 album 里面",
            hint="mkdir album，再 mkdir album/few；或者 mkdir -p album/few 一次建好。",
        )
    work.step("二、照片都复制到 album 了")
    lost = [name for name in found.photos if not is_file(work, f"inbox/{name}")]
    work.require(
        not lost,
        actual=f"inbox 里没有 {join(lost)} 了",
        expected="复制以后，原来的还在 inbox 里",
        hint="复制用 cp；mv 是移动，原来的就没有了。把它们复制回去：cp album/*.jpg album/few/*.jpg inbox",
    )
    copied = files(work, "album") | files(work, "album/few")
    missing = [name for name in found.photos if name not in copied]
    work.require(
        not missing,
        actual=f"album 里没有 {join(missing)}",
        expected=f"{len(found.photos)} 张照片都在 album 里（或者已经移到 album/few）",
        hint=f"* 代表任意多个字：cp inbox/{found.place}*.jpg album",
    )
    work.step("三、数字只有一位的移到 album/few")
    few = files(work, "album/few")
    wrong = sorted(few & set(found.many))
    work.require(
        not wrong,
        actual=f"album/few 里有 {join(wrong)}",
        expected=f"few 里只有 {join(found.few)}",
        hint=f"* 是任意多个字，? 正好是一个字：先 ls album/{found.place}?.jpg 看清楚，再 mv。",
    )
    missing = [name for name in found.few if name not in few]
    work.require(
        not missing,
        actual=f"album/few 里没有 {join(missing)}",
        expected=f"few 里有 {join(found.few)}",
        hint=f"mv album/{found.place}?.jpg album/few",
    )
    both = sorted(few & files(work, "album"))
    work.require(
        not both,
        actual=f"{join(both)} 在 album 和 album/few 里都有",
        expected="移动以后，album 里就没有它们了",
        hint="移动用 mv，cp 会留下原来的。多出来的用 rm 删掉。",
    )
    work.step("四、改名")
    work.require(
        is_file(work, f"inbox/{found.title}") and not is_file(work, "inbox/draft.txt"),
        actual=f"inbox 里有：{join(sorted(files(work, 'inbox')))}",
        expected=f"draft.txt 改名成了 {found.title}，还在 inbox 里",
        hint=f"mv 的两个名字都要带上 inbox/：mv inbox/draft.txt inbox/{found.title}",
    )
    work.step("五、删除")
    rest = [name for name in found.rubbish if is_file(work, f"inbox/{name}")]
    work.require(
        not rest,
        actual=f"inbox 里还有 {join(rest)}",
        expected="inbox 里没有 .tmp 文件",
        hint="先 ls inbox/*.tmp 看清楚，再 rm inbox/*.tmp",
    )
    work.require(
        not is_folder(work, "inbox/trash"),
        actual="文件夹 inbox/trash 还在",
        expected="trash 连里面的东西一起删掉",
        hint="rm 不加 -r 不删文件夹：rm -rf inbox/trash。按回车以前看清楚有没有多打空格。",
    )
    work.step("六、一次建三个空文件")
    wanted = {f"{subject}.txt" for subject in found.subjects}
    there = files(work, "lessons")
    work.require(
        wanted <= there,
        actual=f"lessons 里没有 {join(sorted(wanted - there))}",
        expected=f"lessons 里有 {join(sorted(wanted))}",
        hint="touch 后面可以写几个名字，用空格隔开，每个都带上 lessons/。",
    )


def is_folder(work: Work, name: str) -> bool:
    """Say whether a folder stands there; a link does not count."""
    return _kind(work, name) == stat.S_IFDIR


def is_file(work: Work, name: str) -> bool:
    """Say whether a file stands there."""
    return _kind(work, name) == stat.S_IFREG


def _kind(work: Work, name: str) -> int:
    try:
        return stat.S_IFMT(os.lstat(work.path(name)).st_mode)
    except OSError:
        return 0


def files(work: Work, folder: str) -> set[str]:
    """Return the names of the files in a folder."""
    if not is_folder(work, folder):
        return set()
    return {name for name in os.listdir(work.path(folder)) if is_file(work, f"{folder}/{name}")}


def join(names: list[str]) -> str:
    """Return names as a sentence has them."""
    return "、".join(names)
