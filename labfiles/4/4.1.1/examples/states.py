"""进程的状态：运行（R）、睡眠（S）、停止（T），以及 kill -9。"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

BUSY = [sys.executable, "-c", "while True: pass"]
ASLEEP = ["sleep", "60"]
DEADLINE = 10.0


def state(pid: int) -> str:
    """返回进程的状态字母：/proc/PID/stat 里右括号后面的第一个字母。"""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


def wait_for(pid: int, letter: str) -> str:
    """等进程到达某个状态（R 的进程在抢不到 CPU 时仍然是 R）。"""
    deadline = time.monotonic() + DEADLINE
    while (now := state(pid)) != letter and time.monotonic() < deadline:
        time.sleep(0.01)
    return now


def main() -> None:
    """开两个进程，看它们的状态，最后把它们结束干净。"""
    busy = subprocess.Popen(BUSY)
    asleep = subprocess.Popen(ASLEEP)
    try:
        busy_state, asleep_state = wait_for(busy.pid, "R"), wait_for(asleep.pid, "S")
        pids = f"{busy.pid},{asleep.pid}"
        print("$ ps -u -p", pids, flush=True)
        # ps 的标题在中文环境里也是英文的列名
        subprocess.run(["ps", "-u", "-p", pids], check=True)
        print(f"忙着算数的进程 {busy.pid}：状态 {busy_state}（运行，running）")
        print(f"睡着的进程 {asleep.pid}：状态 {asleep_state}（睡眠，sleeping）")

        os.kill(busy.pid, signal.SIGSTOP)
        print(f"kill -STOP 暂停以后 {busy.pid}：状态 {wait_for(busy.pid, 'T')}（停止，stopped）")
        os.kill(busy.pid, signal.SIGCONT)
        print(f"kill -CONT 继续以后 {busy.pid}：状态 {wait_for(busy.pid, 'R')}")
    finally:
        for child in (busy, asleep):
            child.kill()  # 相当于 kill -9
            print(f"{child.pid} 被信号 {-child.wait()}（SIGKILL）结束")
    left = [child.pid for child in (busy, asleep) if Path(f"/proc/{child.pid}").exists()]
    print("还留着的进程：", left if left else "一个也没有留下")


if __name__ == "__main__":
    main()
