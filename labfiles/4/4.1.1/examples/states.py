"""进程的状态：运行（R）、睡眠（S）、停止（T），以及 kill -9。"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

# 万一没有人来结束它们，两个进程一分钟以后也会自己结束（alarm 是闹钟信号）
BUSY = [sys.executable, "-c", "import signal; signal.alarm(60)\nwhile True: pass"]
ASLEEP = ["sleep", "60"]
DEADLINE = 10.0


def state(pid: int) -> str:
    """返回状态字母：/proc/PID/stat 里最后一个右括号后面的第一个字母，ps 也是从这里读的。"""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


def wait_for(pid: int, letter: str) -> str:
    """等进程到达某个状态，返回等到的（或者等不及时看到的）状态。"""
    deadline = time.monotonic() + DEADLINE
    while (now := state(pid)) != letter and time.monotonic() < deadline:
        time.sleep(0.01)
    return now


def show(*pids: int) -> None:
    """用 ps 列出这几个进程。"""
    command = ["ps", "u", "-p", ",".join(map(str, pids))]
    print("\n$", *command, flush=True)
    subprocess.run(command, check=True)


def main() -> None:
    """开两个进程，看它们的状态，最后把它们结束干净。"""
    busy = subprocess.Popen(BUSY)
    asleep = subprocess.Popen(ASLEEP)
    try:
        time.sleep(0.5)  # 让它们跑一会儿，%CPU 一列才有数字
        seen = wait_for(busy.pid, "R"), wait_for(asleep.pid, "S")
        show(busy.pid, asleep.pid)
        print(f"忙的进程 {busy.pid}：状态 {seen[0]}（运行，running）")
        print(f"睡着的进程 {asleep.pid}：状态 {seen[1]}（睡眠，sleeping）")

        os.kill(busy.pid, signal.SIGSTOP)
        print(f"\nkill -STOP 暂停以后 {busy.pid}：状态 {wait_for(busy.pid, 'T')}（停止，stopped）")
        show(busy.pid, asleep.pid)

        os.kill(busy.pid, signal.SIGCONT)
        print(f"\nkill -CONT 继续以后 {busy.pid}：状态 {wait_for(busy.pid, 'R')}")
    finally:
        for child in (busy, asleep):
            child.kill()  # 相当于 kill -9
            print(f"kill -9 以后 {child.pid}：被信号 {-child.wait()} 结束")
    left = [child.pid for child in (busy, asleep) if Path(f"/proc/{child.pid}").exists()]
    print(f"还留着的进程：{left or '一个也没有'}")


if __name__ == "__main__":
    main()
