"""Checks 3.2: sl was installed and purged since the start, as apt's own log has it, and where the sources are written."""

from __future__ import annotations

import glob
import os
import re
import subprocess
import time
from typing import Final

from lab.checking import Failure, Work

FORM: Final = "apt.txt"
BEGAN, SOURCE, VERSION = "开始时间", "软件源的文件", "sl 的版本"
TIME: Final = "%Y-%m-%d %H:%M:%S"
# What apt has done, one paragraph a run; see apt's own documentation of Dir::Log::History.
HISTORY: Final = "/var/log/apt/history.log"


def setup(work: Work) -> None:
    """Lay the form."""
    work.create_file(
        FORM,
        "# 在等号后面写答案；开始时间不要改。\n\n"
        f"{BEGAN} = {time.strftime(TIME)}\n{SOURCE} = \n{VERSION} = \n",
    )


def check(work: Work) -> None:
    """The form's time first, then what apt did, then the answers."""
    answers = work.answers(FORM)
    work.step("表格是 lab start 给的")
    try:
        began = time.strptime(answers.get(BEGAN, ""), TIME)
    except ValueError:
        raise Failure(
            actual=f"{BEGAN} = {answers.get(BEGAN, '（没有这一行）')}",
            expected="开始时间还是原来的样子",
            hint=f"这一行不要改。重新来过：mv {FORM} old.txt，再 lab start 3.2。",
        ) from None
    runs = history(time.strftime(TIME, began))
    check_install(work, runs)
    check_purge(work, runs)
    check_answers(work, answers, runs)


def history(since: str) -> list[str]:
    """Return what apt has done since a time, in words of its log, the oldest first."""
    try:
        with open(HISTORY, encoding="utf-8", errors="replace") as file:
            paragraphs = file.read().split("\n\n")
    except FileNotFoundError:
        return []
    found = []
    for paragraph in paragraphs:
        start = re.search(r"^Start-Date: (\S+)\s+(\S+)", paragraph, re.M)
        if start and f"{start[1]} {start[2]}" >= since:
            found.append(paragraph)
    return found


def last(runs: list[str], action: str) -> int:
    """Return the number of the last run that did this to sl, or -1."""
    pattern = re.compile(rf"^{action}:.*\bsl(:\w+)? \(", re.M)
    return max((number for number, run in enumerate(runs) if pattern.search(run)), default=-1)


def check_install(work: Work, runs: list[str]) -> None:
    """Sl was installed."""
    work.step("sudo apt install sl 做过了")
    work.require(
        last(runs, "Install") >= 0,
        actual="开始这个练习以后，还没有装过 sl",
        expected="先装上它，看一看火车",
        hint="sudo apt install sl。它说“已经是最新版”？那就是早就装着，先卸掉再装一次。",
    )


def check_purge(work: Work, runs: list[str]) -> None:
    """And it is gone, with its configuration."""
    work.step("sl 已经连配置一起卸掉了")
    shown = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", "sl"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    installed = shown.returncode == 0 and shown.stdout == "installed"
    work.require(
        not installed,
        actual="sl 还装着",
        expected="看完火车就卸掉它",
        hint="sudo apt remove --purge sl，问要不要继续时输入 y。",
    )
    work.require(
        last(runs, "Purge") > last(runs, "Install"),
        actual="sl 卸掉了，可是没有用 --purge",
        expected="卸的时候连配置一起删掉",
        hint="再装一次，再用 sudo apt remove --purge sl 卸。不加 --purge，软件的配置文件会留下来。",
    )


def check_answers(work: Work, answers: dict[str, str], runs: list[str]) -> None:
    """What the student found out on the way."""
    work.step(SOURCE)
    places = sources()
    given = answers.get(SOURCE, "")
    hint = "lab run 3.2 会告诉你；也可以 ls /etc/apt /etc/apt/sources.list.d，再用 cat 看哪个文件里有地址。"
    if given and os.path.isfile(given) and given not in places:
        hint = f"{given} 里没有写着软件源的地址（只有说明，或者是空的）。{hint}"
    work.require(
        given in places,
        actual=f"{SOURCE} = {given or '（还没有答案）'}",
        expected="写着软件源地址的那个文件，从 / 开始写",
        hint=hint,
    )
    work.step(VERSION)
    run = runs[last(runs, "Install")]
    found = re.search(r"\bsl(?::\w+)? \(([^,)]+)", run)
    wanted = found[1] if found else ""
    given = answers.get(VERSION, "")
    work.require(
        given == wanted,
        actual=f"{VERSION} = {given or '（还没有答案）'}",
        expected="刚才装的 sl 的版本，一个字也不少",
        hint="apt show sl，看 Version: 后面；安装的时候，屏幕上也写着。",
    )


def sources() -> set[str]:
    """Return the files that name a place to get packages from; see sources.list(5)."""
    files = ["/etc/apt/sources.list", *glob.glob("/etc/apt/sources.list.d/*")]
    active = re.compile(r"^\s*(deb\s|URIs\s*:)", re.M | re.I)
    found = set()
    for path in files:
        if not path.endswith((".list", ".sources")):
            continue
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                if active.search(file.read()):
                    found.add(path)
        except OSError:
            continue
    return found
