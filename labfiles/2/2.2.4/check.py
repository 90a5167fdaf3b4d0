"""Checks 2.2.4: modes that files have to reach, some told as a change, some as a whole; the rest stays as it was."""

from __future__ import annotations

import os
import stat
from typing import Final, NamedTuple

from lab.checking import Failure, Work

NAMES: Final = (
    "run.sh",
    "team.txt",
    "diary.txt",
    "paper.txt",
    "song.txt",
    "plan.txt",
    "key.txt",
    "menu.txt",
)
# Mode at first, what to change, and the change as chmod writes it.
CHANGES: Final = (
    (0o644, "给主人加上 x", "u+x", 0o744),
    (0o666, "拿走其他人的 w", "o-w", 0o664),
    (0o600, "给同组的人加上 r 和 w", "g+rw", 0o660),
    (0o755, "拿走所有人的 x", "a-x", 0o644),
    (0o640, "给所有人加上 r", "a+r", 0o644),
    (0o664, "让其他人和同组的人都只有 r", "go=r", 0o644),
)
WHOLES: Final = (0o750, 0o640, 0o600, 0o444, 0o711, 0o755, 0o400, 0o664)
TODO, KEPT, KEPT_MODE = "todo.txt", "keep.txt", 0o640


class Change(NamedTuple):
    """What one file has at first and has to reach; `letters` is the shortest way to write a change."""

    name: str
    before: int
    words: str
    letters: str
    after: int


def changes(work: Work) -> list[Change]:
    """Return this student's files: three told by their change, three by their whole mode."""
    rng = work.rng("modes")
    names = rng.sample(NAMES, 6)
    told = [Change(n, *change) for n, change in zip(names, rng.sample(CHANGES, 3), strict=False)]
    whole = [
        Change(name, 0o644, letters(mode), f"{mode:o}", mode)
        for name, mode in zip(names[3:], rng.sample(WHOLES, 3), strict=True)
    ]
    return told + whole


def letters(mode: int) -> str:
    """Return a mode as `ls -l` writes it."""
    return stat.filemode(mode)[1:]


def setup(work: Work) -> None:
    """Lay the files with their first modes; the list comes last, and with it they are the student's."""
    if os.path.lexists(work.path(TODO)):
        return
    wanted = changes(work)
    for name, mode in [(change.name, change.before) for change in wanted] + [(KEPT, KEPT_MODE)]:
        work.create_file(name, f"echo 我是 {name}\n")
        os.chmod(work.path(name), mode)
    work.create_file(
        TODO,
        "一、用字母：在原来的权限上改\n"
        + "".join(f"  {change.name}：{change.words}\n" for change in wanted[:3])
        + "\n二、用三个数字：改成这样\n"
        + "".join(f"  {change.name}：{change.words}\n" for change in wanted[3:])
        + f"\n{KEPT} 的权限已经对了，不要动它。\n",
    )


def check(work: Work) -> None:
    """Compare the modes."""
    wanted = changes(work)
    work.step(f"{KEPT} 没有动过")
    mode = mode_of(work, KEPT)
    work.require(
        mode == KEPT_MODE,
        actual=f"{KEPT} 的权限是 {letters(mode)}（{mode:o}）",
        expected=f"{letters(KEPT_MODE)}，和开始的时候一样",
        hint=f"chmod 后面写的是哪个文件？用 * 会改到所有的文件。改回来：chmod {KEPT_MODE:o} {KEPT}",
    )
    work.step("一、用字母改的三个")
    for change in wanted[:3]:
        compare(
            work,
            change,
            f"从 {letters(change.before)} {change.words}，就是 {letters(change.after)}",
            f"谁（u 主人、g 同组、o 其他、a 所有），+、- 还是 =，再写 r、w、x，中间没有空格。现在可以直接：chmod {change.after:o} {change.name}",
        )
    work.step("二、用数字改的三个")
    for change in wanted[3:]:
        compare(
            work,
            change,
            f"{letters(change.after)}",
            "r 是 4，w 是 2，x 是 1：三个一组加起来，三组就是三个数字，依次是主人、同组、其他人。",
        )


def compare(work: Work, change: Change, expected: str, hint: str) -> None:
    """Expect the mode that a file has to reach."""
    mode = mode_of(work, change.name)
    if mode == change.before:
        hint = f"它还是开始的样子，没有改过。chmod 后面的文件名写对了吗？{hint}"
    elif digits_reversed(mode) == change.after:
        hint = f"三个数字的次序反了：先主人，再同组，最后其他人。{hint}"
    work.require(
        mode == change.after,
        actual=f"{change.name} 的权限是 {letters(mode)}（{mode:o}）",
        expected=expected,
        hint=hint,
    )


def digits_reversed(mode: int) -> int:
    """Return the mode that a student meant who wrote the three digits from the wrong end."""
    return int(f"{mode:03o}"[::-1], 8)


def mode_of(work: Work, name: str) -> int:
    """Return a file's mode; fail where there is no such file."""
    try:
        found = os.lstat(work.path(name))
    except OSError:
        found = None
    if found is None or not stat.S_ISREG(found.st_mode):
        raise Failure(
            actual=f"没有文件 {work.tilde(name)}",
            expected="todo.txt 里写的文件都在",
            hint="删掉了，或者改了名？从头来过：lab reset 2.2.4",
        )
    return stat.S_IMODE(found.st_mode)
