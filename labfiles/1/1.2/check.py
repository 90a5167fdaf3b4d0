"""Checks 1.2: a form with facts of this machine."""

from __future__ import annotations

import os
import platform
from typing import Final

from lab.checking import Work

FORM: Final = "machine.txt"
KERNEL, DISTRIBUTION, CORES, SHEET = "内核版本", "发行版 ID", "核心数", "表格编号"


def sheet(work: Work) -> str:
    """Return the number of this student's form, which tells it from a neighbour's."""
    return str(work.rng("sheet").randrange(10000, 100000))


def setup(work: Work) -> None:
    """Lay the form."""
    work.create_file(
        FORM,
        "# 在等号后面写答案，都是问这台机器问出来的。\n\n"
        f"{SHEET} = {sheet(work)}\n{KERNEL} = \n{DISTRIBUTION} = \n{CORES} = \n",
    )


def check(work: Work) -> None:
    """Compare each line with what the machine says."""
    work.step("是你自己的表格")
    answers = work.answers(FORM)
    number = answers.get(SHEET, "")
    work.require(
        number == sheet(work),
        actual=f"{SHEET} = {number or '（没有这一行）'}",
        expected=f"{SHEET} = {sheet(work)}，这是 lab start 给你的那一张",
        hint="编号不要改。这张表如果是别人的：mv machine.txt other.txt，再 lab start 1.2，就有一张新的。",
    )
    distribution = platform.freedesktop_os_release()
    judge(
        work,
        KERNEL,
        {platform.release()},
        {
            platform.system(): "Linux 是内核的名字，不是版本：uname 后面要加 -r。",
            platform.version(): "这是编译的编号和日期（uname -v）。内核版本用 uname -r。",
        },
        "用 uname -r 问内核版本，整行抄下来，一个字也不少。",
    )
    judge(
        work,
        DISTRIBUTION,
        {distribution["ID"]},
        {
            distribution.get(
                "PRETTY_NAME", ""
            ): "这是给人看的全名（PRETTY_NAME）。要的是 ID= 后面的那个小写的词。",
            distribution.get(
                "VERSION_ID", ""
            ): "这是 VERSION_ID，发行版的版本。要的是 ID= 开头的那一行。",
        },
        "cat /etc/os-release，找 ID= 开头的那一行，写等号后面的词（没有引号）。",
    )
    judge(
        work,
        CORES,
        {str(os.cpu_count()), str(len(os.sched_getaffinity(0)))},
        {},
        "用 nproc 问核心数，它只回答一个数字。",
    )


def judge(work: Work, question: str, right: set[str], near: dict[str, str], advice: str) -> None:
    """Compare one answer; `near` has advice for answers that are nearly right."""
    work.step(question)
    answer = work.answers(FORM).get(question, "").strip("\"'")
    work.require(
        answer in right,
        actual=f"{question} = {answer or '（还没有答案）'}",
        expected="和这台机器自己说的一样",
        hint=near.get(answer, advice),
    )
