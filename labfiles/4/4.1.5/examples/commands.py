"""父进程读键盘，把命令放进队列；守护的子进程从队列里取出来执行。空行结束。"""

import signal
from multiprocessing import Process, Queue

ACTIONS = {"1": "开灯", "2": "关灯"}


def execute(commands: "Queue[str]") -> None:
    """子进程：取一条，做一条，直到取出空行。"""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-c 由父进程处理，它会送来空行
    while command := commands.get():  # 队列空着的时候，就在这里等
        print(f"子进程收到 {command}：{ACTIONS.get(command, '不认识的命令')}", flush=True)
    print("子进程收到空行，结束", flush=True)


def main() -> None:
    """读一行，放一条；空行也放进去，子进程做完前面的命令，看到它才结束。"""
    commands: Queue[str] = Queue(5)
    child = Process(target=execute, args=(commands,), daemon=True)
    child.start()
    print("队列最多放 5 条；子进程是守护进程：", child.daemon, sep="", flush=True)
    line = "?"
    while line:
        try:
            line = input("请输入命令（1 开灯，2 关灯，空行结束）：\n").strip()
        except (EOFError, KeyboardInterrupt):  # ctrl-d 和 ctrl-c 也算空行
            line = ""
        commands.put(line)  # 队列满着的时候，就在这里等
    child.join()
    print("父进程：再见，子进程的退出码是", child.exitcode)


if __name__ == "__main__":
    main()
