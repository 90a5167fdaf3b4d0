"""Checks 1.3: relative paths written absolute and back, in a tree that differs from student to student."""

from __future__ import annotations

import os
from typing import Final, NamedTuple

from lab.checking import Work

FORM: Final = "paths.txt"
TOWNS: Final = ("river", "hill", "forest", "lake", "desert", "island")
SHOPS: Final = ("fruit", "drink", "book", "music", "flower", "tool")
GOODS: Final = ("apple.txt", "tea.txt", "poem.txt", "song.txt", "rose.txt", "hammer.txt")


class Tree(NamedTuple):
    """A student's tree: where the student stands, and the places, all absolute."""

    stand: str
    places: list[str]


def tree(work: Work) -> Tree:
    """Return this student's tree."""
    rng = work.rng("tree")
    here, there = (work.path(town) for town in rng.sample(TOWNS, 2))
    mine, next_door, far = rng.sample(SHOPS, 3)
    goods = rng.sample(GOODS, 4)
    stand = os.path.join(here, mine)
    places = [
        os.path.join(stand, goods[0]),
        os.path.join(here, next_door, goods[1]),
        os.path.join(there, far, goods[2]),
        os.path.join(here, goods[3]),
    ]
    return Tree(stand, places)


def questions(work: Work) -> tuple[dict[str, str], dict[str, str]]:
    """Return what to write absolute and what to write relative, each with the place that is meant."""
    stand, places = tree(work)
    inside, beside, away, above = places
    to_absolute = (f"./{os.path.basename(inside)}", os.path.relpath(away, stand), "../..")
    to_relative = (beside, above, os.path.dirname(away))
    return (
        {path: os.path.normpath(os.path.join(stand, path)) for path in to_absolute},
        {path: path for path in to_relative},
    )


def setup(work: Work) -> None:
    """Lay the tree and the form."""
    stand, places = tree(work)
    for place in places:
        work.create_file(
            os.path.relpath(place, work.folder), f"你找到了 {os.path.basename(place)}\n"
        )
    absolute, relative = questions(work)
    work.create_file(
        FORM,
        f"# 你站在 {stand}\n# 在等号后面写答案。\n\n# 一、写成绝对路径\n"
        + "".join(f"{path} = \n" for path in absolute)
        + "\n# 二、写成相对路径，从你站的地方出发\n"
        + "".join(f"{path} = \n" for path in relative),
    )


def check(work: Work) -> None:
    """Follow each answer to the place where it leads."""
    stand, _ = tree(work)
    absolute, relative = questions(work)
    answers = work.answers(FORM)
    work.step("一、写成绝对路径")
    for question, place in absolute.items():
        answer = answers.get(question, "")
        hint = "先去站的地方：cd " + work.tilde(os.path.relpath(stand, work.folder))
        hint += f"，再用 realpath {question} 对答案。"
        if answer.startswith("~"):
            hint = "~ 是 bash 替你换成家的记号，不是真正的路径：写全，从 / 开始。"
        elif answer and not answer.startswith("/"):
            hint = "绝对路径的第一个字是 /，站在哪里都一样。"
        judge(work, question, answer, place if answer.startswith("/") else "", place, hint)
    work.step("二、写成相对路径")
    for question, place in relative.items():
        answer = answers.get(question, "")
        hint = "从站的地方一步一步走：.. 是上一级，名字是下一级，中间用 / 隔开。"
        if answer.startswith(("/", "~")):
            hint = "相对路径不从 / 开始，也不从 ~ 开始，从你站的地方出发。"
        elif os.path.normpath(os.path.join(work.folder, answer)) == place:
            hint = "你是从 work 文件夹出发的；题目里你站得更深，看 paths.txt 的第一行。"
        elif os.path.normpath(os.path.join(stand, "..", answer)) == place:
            hint = "少上了一级：再加一个 ../ 。"
        judge(work, question, answer, "" if answer.startswith(("/", "~")) else place, place, hint)


def judge(work: Work, question: str, answer: str, wanted: str, place: str, hint: str) -> None:
    """Compare where an answer leads with the place that is meant; `wanted` is empty for the wrong kind of path."""
    stand, _ = tree(work)
    leads = os.path.normpath(os.path.join(stand, answer)) if answer else ""
    actual = f"{question} = {answer or '（还没有答案）'}"
    if answer and not answer.startswith("~") and leads != place:
        actual += f"\n它通到 {leads}"
    work.require(
        answer and leads == wanted,
        actual=actual,
        expected=f"同一个地方：{question}",
        hint=hint if answer else "答案写在等号右边；等号左边的题目留着，不要改。",
    )
