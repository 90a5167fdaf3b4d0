"""子进程改了全局变量，父进程看到的还是原来的：两个进程各有一份。"""

from multiprocessing import Process

a = 1


def change() -> None:
    """在子进程里运行：先看，再改。"""
    global a
    print("子进程一开始看到 a =", a, flush=True)
    a = 10000
    print("子进程改成 a =", a, flush=True)


def main() -> None:
    """创建、启动、等待。"""
    child = Process(target=change)
    child.start()
    child.join()
    print("父进程看到的还是 a =", a)


# 没有这一句，新的 Python（3.14 起）会让子进程把整个文件再执行一遍而出错
if __name__ == "__main__":
    main()
