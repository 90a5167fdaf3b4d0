"""Checks 2.2.2: facts found in a log and a tree that differ from student to student, kept in files."""

from __future__ import annotations

from typing import Final

from lab.checking import Work

EVENTS: Final = ("start", "login", "open page", "save file", "send mail", "load image", "stop")
TROUBLES: Final = ("disk is full", "connection lost", "file not found", "wrong password", "timeout")
FOLDERS: Final = ("src", "doc", "test", "data", "web", "tool")
LOG, PIECES, END = "app.log", ("one.txt", "two.txt"), "完"


def log(work: Work) -> list[str]:
    """Return this student's log; trouble is written in capitals here and small there."""
    rng = work.rng("log")
    lines = []
    for number in range(60):
        event = rng.choice(EVENTS)
        level = "INFO"
        if number % 10 == 3 or rng.random() < 0.1:
            level, event = rng.choice(("ERROR", "error", "Error")), rng.choice(TROUBLES)
        lines.append(
            f"{9 + number // 30:02}:{number % 30 * 2:02}:{rng.randrange(60):02} {level} {event}"
        )
    return lines


def tree(work: Work) -> tuple[str, list[str]]:
    """Return the path of the file to find, and all other files of the project."""
    rng = work.rng("tree")
    folders = rng.sample(FOLDERS, 4)
    places = [f"project/{a}/{b}" for a in folders for b in rng.sample(FOLDERS, 2)]
    others = [f"{place}/{name}{n}.{end}" for place in places
              for n, (name, end) in enumerate(rng.choices((("main", "py"), ("note", "txt"), ("page", "html")), k=3))]  # fmt: skip
    return f"{rng.choice(places)}/secret.txt", others


def poem(work: Work) -> list[str]:
    """Return the two pieces' lines."""
    rng = work.rng("pieces")
    return [f"第 {n} 句 {rng.randrange(1000, 10000)}" for n in (1, 2)]


def setup(work: Work) -> None:
    """Lay log, tree and pieces."""
    work.create_file(LOG, "".join(f"{line}\n" for line in log(work)))
    hidden, others = tree(work)
    for name in (hidden, *others):
        work.create_file(name, f"{work.rng(name).randrange(10**6)}\n")
    for name, line in zip(PIECES, poem(work), strict=True):
        work.create_file(name, f"{line}\n")


def check(work: Work) -> None:
    """Compare each file with what the commands would have found."""
    found = [(n, line) for n, line in enumerate(log(work), start=1) if "error" in line.lower()]
    work.step("errors.txt：日志里的每一个错误，带行号")
    lines = work.lines("errors.txt", "用 grep 找，用 > 存：grep -n -i error app.log > errors.txt")
    bare = [line for _, line in found]
    work.require(
        lines != bare,
        actual=f"第一行是：{lines[0] if lines else ''}",
        expected="每一行前面有行号和冒号",
        hint="加上 -n，grep 就会写出行号。",
    )
    wanted = [f"{number}:{line}" for number, line in found]
    missing = [line for line in wanted if line not in lines]
    work.require(
        not missing,
        actual=f"errors.txt 里没有这一行：{missing[0] if missing else ''}",
        expected=f"找到 {len(wanted)} 行，ERROR、error、Error 都算",
        hint="grep 平时分大小写；加上 -i 就不分了。",
    )
    extra = [line for line in lines if line not in wanted]
    work.require(
        not extra,
        actual=f"errors.txt 里多了一行：{extra[0] if extra else ''}",
        expected=f"只有 {len(wanted)} 行错误",
        hint="用 > 重新写一遍；>> 会接在上一次的后面。",
    )
    hidden, others = tree(work)
    work.step("where.txt：secret.txt 在哪里")
    path = " ".join(work.lines("where.txt", 'find project -name "secret.txt" > where.txt'))
    work.require(
        path.removeprefix("./") == hidden or path == work.path(hidden),
        actual=f"where.txt 里写着：{path or '什么也没有'}",
        expected="从 project 开始的一个路径，指着 secret.txt",
        hint='find 后面先写从哪个文件夹找起，再写找什么名字：find project -name "secret.txt"',
    )
    work.step("count.txt：project 里有几个 .py 文件")
    count = " ".join(work.lines("count.txt", 'find project -name "*.py" | wc -l > count.txt'))
    programs = sum(name.endswith(".py") for name in others)
    hint = '把 find 的输出用管道交给 wc -l：find project -name "*.py" | wc -l'
    if count == str(len(others) + 1):
        hint = '这是所有文件的个数。只要 .py 的：-name "*.py"，有通配符要加引号。'
    work.require(
        count == str(programs),
        actual=f"count.txt 里写着：{count or '什么也没有'}",
        expected="一个数字：project 里（一层一层往下）.py 文件的个数",
        hint=hint,
    )
    work.step("poem.txt：one.txt、two.txt，再接一行“完”")
    lines = work.lines("poem.txt", "cat one.txt two.txt > poem.txt")
    wanted = [*poem(work), END]
    hint = "cat one.txt two.txt > poem.txt 先连起来；再用 cat >> poem.txt 接着写一行“完”，ctrl-d 结束。"
    if lines == [END]:
        hint = "前面两行没有了：接着写要用 >>，用 > 会从头写起。"
    elif lines == [*reversed(poem(work)), END]:
        hint = "次序反了：先写 one.txt，再写 two.txt。"
    work.require(
        lines == wanted,
        actual="poem.txt 里是：\n" + ("\n".join(lines[:6]) or "什么也没有"),
        expected="三行：one.txt 的一行，two.txt 的一行，最后是“完”",
        hint=hint,
    )
