"""ping 回环地址：向本机发 3 个回声请求，看看网络软件是不是在工作。"""

import os
import re
import subprocess
import sys

# -c 3：一共发 3 个；-i 0.2：每隔 0.2 秒发一个（不写就是 1 秒）
COMMAND = ["ping", "-c", "3", "-i", "0.2", "127.0.0.1"]


def main() -> None:
    print("运行：", " ".join(COMMAND), flush=True)
    env = {**os.environ, "LC_ALL": "C"}  # 不翻译输出，程序才认得出来
    try:
        result = subprocess.run(COMMAND, env=env, capture_output=True, text=True)
    except FileNotFoundError:
        sys.exit("这台机器上没有 ping 命令")
    print(result.stdout + result.stderr)

    found = re.search(r"(\d+) packets transmitted, (\d+) (?:packets )?received", result.stdout)
    if found is None:
        sys.exit("没有看到统计结果：ping 没能发出去")
    sent, received = found.groups()
    print(f"结论：发出 {sent} 个，收到回答 {received} 个。")
    if received != sent:
        sys.exit("有的回声没有回来")
    print("127.0.0.1 是通的：数据没有离开本机，从回环网卡 lo 出去又回来了。")


if __name__ == "__main__":
    main()
