"""给子进程里的函数传参数：args 按位置，kwargs 按名字，也可以两种一起用。"""

from multiprocessing import Process


def introduce(name: str, skill: str, greeting: str = "你好") -> None:
    """在子进程里运行的函数，它的参数由父进程给。"""
    print(f"{greeting}，我是{name}，会 {skill}", flush=True)


def main() -> None:
    """同一个函数，三个进程，三种给参数的办法。"""
    children = [
        Process(target=introduce, args=("张三", "Python")),
        Process(target=introduce, kwargs={"greeting": "早上好", "name": "李四", "skill": "Linux"}),
        Process(target=introduce, args=("王五", "vim"), kwargs={"greeting": "晚上好"}),
    ]
    for child in children:
        child.start()
        child.join()  # 等这一个说完，再启动下一个：这样次序才固定


if __name__ == "__main__":
    main()
