"""谁占着这个端口：先自己打开一个端口，再到 /proc 里把占着它的进程找出来。"""

import glob
import os
import shutil
import socket
import subprocess
from pathlib import Path

LISTEN = "0A"  # /proc/net/tcp 里用 0A 表示“正在监听”


def socket_number(port: int) -> str:
    """在内核的 TCP 表里找到监听这个端口的套接字编号；没有就返回空字符串。"""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        address, state, number = fields[1], fields[3], fields[9]
        if int(address.split(":")[1], 16) == port and state == LISTEN:
            return number
    return ""


def holders(number: str) -> list[int]:
    """哪些进程打开了这个编号的套接字（没有 sudo 时，只看得到自己的进程）。"""
    found = set()
    for file in glob.glob("/proc/[0-9]*/fd/*"):  # 每个进程打开的每个文件都是一个链接
        try:
            if os.readlink(file) == f"socket:[{number}]":
                found.add(int(file.split("/")[2]))
        except OSError:  # 就在这一刻，文件关上了，或者进程结束了
            continue
    return sorted(found)


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # 0：请系统挑一个空闲的端口
        port = listener.getsockname()[1]
        print(f"我是进程 {os.getpid()}，我打开了端口 {port}", flush=True)
        for pid in holders(socket_number(port)):
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            whose = "，就是我自己" if pid == os.getpid() else ""
            print(f"从 /proc 找到：端口 {port} 由进程 {pid}（{name}）占着{whose}", flush=True)

        lsof = shutil.which("lsof")
        if lsof is None:
            print("这台机器上没有 lsof，只好先用 /proc 的答案")
        else:
            print(f"lsof -nP -i :{port} 的回答：", flush=True)
            subprocess.run([lsof, "-nP", "-i", f":{port}"])
    print(f"端口 {port} 关上了，现在占着它的进程：{holders(socket_number(port)) or '没有'}")


if __name__ == "__main__":
    main()
