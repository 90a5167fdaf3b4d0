"""sys.exit 结束的是调用它的那个进程；父进程用 exitcode 看到退出码。"""

import os
import sys
from multiprocessing import Process


def leave(code: "int | None") -> None:
    """带着退出码离开；没有退出码，就让函数自己做到头。"""
    if code is None:
        print(f"子进程 {os.getpid()}：做完了，函数自己结束", flush=True)
        return
    print(f"子进程 {os.getpid()}：要带着代码 {code} 退出", flush=True)
    sys.exit(code)
    print("这一行永远不会执行")


def main() -> None:
    """看两个孩子的退出码，自己不受影响。"""
    for code in (3, None):
        child = Process(target=leave, args=(code,))
        child.start()
        child.join()
        print("父进程看到的退出码：", child.exitcode, sep="", flush=True)
    print(f"父进程 {os.getpid()}：我还在，sys.exit 结束的是孩子自己")


if __name__ == "__main__":
    main()
