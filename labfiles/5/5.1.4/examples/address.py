"""我的地址是什么：读出每块网卡的 IP 地址，再和 ifconfig 的输出对一对。"""

import ipaddress
import json
import os
import subprocess
import sys

# ip 和 ifconfig 可能在 sbin 里，普通用户的 PATH 不一定有它；LC_ALL=C 让输出不被翻译
ENV = {**os.environ, "LC_ALL": "C", "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}


def output_of(*command: str) -> str:
    """运行一条命令，返回它打印的文字。"""
    try:
        return subprocess.run(command, env=ENV, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        sys.exit(f"这台机器上没有 {command[0]} 命令")


def kind(text: str) -> str:
    """这个地址能被谁看到。"""
    address = ipaddress.ip_address(text)
    if address.is_loopback:
        return "回环地址：只在本机之内使用"
    if address.is_link_local:
        return "链路本地地址：只在同一段网线上使用"
    if address.is_private:
        return "私有地址：同一个局域网里的机器找得到它"
    return "公网地址：互联网上的机器也找得到它"


def main() -> None:
    ifconfig = output_of("ifconfig").split()
    for card in json.loads(output_of("ip", "-j", "addr")):
        print(f"网卡 {card['ifname']}：")
        for info in card["addr_info"]:
            version = "IPv4" if info["family"] == "inet" else "IPv6"
            mark = "ifconfig 也列出" if info["local"] in ifconfig else "ifconfig 没有列出"
            print(f"  {version}  {info['local']}/{info['prefixlen']}  {mark}")
            print(f"        {kind(info['local'])}")


if __name__ == "__main__":
    main()
