"""父进程读键盘，把命令放进队列；守护的子进程从队列里取出来执行。空行结束。"""

from multiprocessing import JoinableQueue, Process

ACTIONS = {"1": "开灯", "2": "关灯"}


def execute(commands: "JoinableQueue[str]") -> None:
    """子进程：取一条，做一条，永远不停；主进程结束时它跟着结束。"""
    while True:
        command = commands.get()  # 空了就在这里等
        print(f"子进程收到 {command}：{ACTIONS.get(command, '不认识的命令')}", flush=True)
        commands.task_done()  # 告诉队列：这一条做完了


def main() -> None:
    """读一行，放一条。"""
    commands: JoinableQueue[str] = JoinableQueue(5)
    Process(target=execute, args=(commands,), daemon=True).start()
    while True:
        try:
            line = input("请输入命令（1 开灯，2 关灯，空行结束）：\n")
        except EOFError:
            break
        if not line:
            break
        commands.put(line)  # 满了就在这里等
    commands.join()  # 等放进去的都做完
    print("命令都做完了，再见")


if __name__ == "__main__":
    main()
