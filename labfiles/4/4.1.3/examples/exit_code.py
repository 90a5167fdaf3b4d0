"""sys.exit 结束的是调用它的那个进程；父进程用 exitcode 看到退出码。"""

import os
import sys
from multiprocessing import Process


def leave(code: int) -> None:
    """带着退出码离开，后面的话说不出来。"""
    print(f"子进程：我要带着代码 {code} 退出", flush=True)
    sys.exit(code)
    print("这一行永远不会执行")


def main() -> None:
    """看孩子的退出码，自己不受影响。"""
    child = Process(target=leave, args=(3,))
    child.start()
    child.join()
    print(f"父进程看到的退出码：{child.exitcode}")
    print(f"父进程自己还在，PID {os.getpid()}")


if __name__ == "__main__":
    main()
