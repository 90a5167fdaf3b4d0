"""认识这台机器：内核、发行版、文件系统和命令，Linux 就是由它们组成的。"""

import os
import platform
import shutil
import socket


def root_file_system() -> str:
    """根目录 / 所在的文件系统的类型，读自内核给出的清单。"""
    kind = "不知道"
    with open("/proc/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, place, this_kind, *_ = line.split()
            if place == "/":
                kind = this_kind
    return kind


def main() -> None:
    """一行说一件事。"""
    system = platform.freedesktop_os_release()

    print("【内核】管理硬件和进程，所有发行版用的都是同一个 Linux 内核，只是版本不同")
    print(f"内核名字：{os.uname().sysname}")
    print(f"内核版本：{os.uname().release}")
    print(f"处理器：{os.uname().machine}，{os.cpu_count()} 个核心")

    print("\n【发行版】内核加上命令和软件，打成一整套")
    print(f"发行版：{system['PRETTY_NAME']}")
    print(f"发行版代号：ID={system['ID']}")

    print("\n【文件系统】硬盘上的文件怎样摆放")
    print(f"根目录 / 的文件系统：{root_file_system()}")
    print(f"根目录 / 里有：{' '.join(sorted(os.listdir('/')))}")

    print("\n【命令】每个命令都是一个程序，也是一个文件")
    for name in ("bash", "ls", "python3"):
        print(f"命令 {name} 在 {shutil.which(name)}")

    print(f"\n主机名：{socket.gethostname()}")
    print(f"你的家目录：{os.path.expanduser('~')}")


if __name__ == "__main__":
    main()
