"""网络分层：把 OSI 七层和 TCP/IP 四层并排画出来，看看常见协议住在哪一层。"""

import unicodedata

# 每一行：OSI 的一层、TCP/IP 的一层（空着表示和上一行同属一层）、做什么、住着哪些协议
ROWS = [
    ("7 应用层", "应用层", "给程序用的服务", "HTTP FTP SMTP DNS SSH"),
    ("6 表示层", "", "编码、压缩、加密", "字符编码、图片格式"),
    ("5 会话层", "", "建立和保持对话", "登录状态、断点续传"),
    ("4 传输层", "传输层", "从一个程序到另一个程序", "TCP UDP"),
    ("3 网络层", "网络层", "从一台主机到另一台主机", "IP ICMP"),
    ("2 数据链路层", "网络接口层", "从一块网卡到另一块网卡", "以太网 Wi-Fi"),
    ("1 物理层", "", "把 0 和 1 变成信号", "网线 光纤 无线电波"),
]
HEAD = ("OSI 七层", "TCP/IP 四层", "做什么", "例子")


def width(text: str) -> int:
    """文字在终端里占几格：一个汉字占两格，一个字母占一格。"""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def pad(text: str, cells: int) -> str:
    """在右边补空格，直到占满 cells 格。"""
    return text + " " * (cells - width(text))


def rule(widths: list[int], open_column: int = -1) -> str:
    """表格里的一条横线；open_column 那一列不画，让上下两格连成一格。"""
    fill = [" " if column == open_column else "-" for column in range(len(widths))]
    parts = [char * (cells + 2) for char, cells in zip(fill, widths, strict=True)]
    return "+" + "+".join(parts) + "+"


def main() -> None:
    table = [HEAD, *ROWS]
    widths = [max(width(row[column]) for row in table) for column in range(len(HEAD))]
    for row in table:
        # TCP/IP 的一层可能对着 OSI 的好几层：这几行之间，第二列不画横线
        print(rule(widths, open_column=1 if row[1] == "" else -1))
        print("|" + "|".join(f" {pad(*cell)} " for cell in zip(row, widths, strict=True)) + "|")
    print(rule(widths))
    print()
    print("发送：从上往下走，每一层都加上自己的头部。")
    print("接收：从下往上走，每一层都拆掉自己的头部。")
    print("我们写的套接字程序站在应用层，把字节交给传输层的 TCP。")


if __name__ == "__main__":
    main()
