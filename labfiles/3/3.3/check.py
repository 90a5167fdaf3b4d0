"""Checks 3.3: pypinyin installed by pip3 for this student, and the pinyin of a phrase of the student's own."""

from __future__ import annotations

import subprocess
from typing import Final

from lab.checking import Work

# Phrase and pinyin without tones.
PHRASES: Final = {
    "后端开发": "hou duan kai fa",
    "进程线程": "jin cheng xian cheng",
    "网络编程": "wang luo bian cheng",
    "三次握手": "san ci wo shou",
    "操作系统": "cao zuo xi tong",
    "文件管理": "wen jian guan li",
    "并发模型": "bing fa mo xing",
    "学而时习": "xue er shi xi",
}


def phrases(work: Work) -> list[str]:
    """Return this student's two phrases."""
    return work.rng("phrases").sample(sorted(PHRASES), 2)


def setup(work: Work) -> None:
    """Lay the phrases."""
    work.create_file("phrases.txt", "".join(f"{phrase}\n" for phrase in phrases(work)))


def check(work: Work) -> None:
    """Ask pip, then run the student's program, then read what was kept."""
    work.step("pypinyin 装好了")
    command = ["/usr/bin/pip3", "show", "pypinyin"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    work.require(
        "Name: pypinyin" in shown.stdout,
        command="pip3 show pypinyin",
        actual=f"pypinyin 还没有装好：{shown.stderr.strip() or '没有输出'}",
        expected="pip3 show pypinyin 说出它的版本和位置",
        hint="用 pip3 install pypinyin 安装，不加 sudo，也不加别的选项。",
    )
    wanted = [PHRASES[phrase] for phrase in phrases(work)]
    work.step("pinyin.txt 里是两行拼音")
    lines = work.lines("pinyin.txt", "用 python3 和 lazy_pinyin 算出拼音，用 > 存进 pinyin.txt。")
    hint = "一个词一行，不带声调，中间一个空格：' '.join(lazy_pinyin(词))。pinyin() 带声调，lazy_pinyin() 不带。"
    for number, line in enumerate(wanted):
        actual = lines[number] if number < len(lines) else "没有这一行"
        work.require(
            " ".join(actual.split()).lower() == line,
            actual=f"pinyin.txt 第 {number + 1} 行：{actual}",
            expected=f"phrases.txt 第 {number + 1} 行“{phrases(work)[number]}”的拼音",
            hint=hint,
        )
