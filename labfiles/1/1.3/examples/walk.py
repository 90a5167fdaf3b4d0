"""在一棵准备好的目录树里走一走：同一个文件的绝对路径和相对路径，. 和 .. 是谁。"""

import os
import tempfile

FILES = ("shop/fruit/apple.txt", "shop/fruit/pear.txt", "shop/drink/tea.txt", "notes.txt")
# 站在哪里，从那里往哪里看。
WALK = (
    ("shop/fruit", "apple.txt"),
    ("shop/fruit", "./apple.txt"),
    ("shop/fruit", "."),
    ("shop/fruit", ".."),
    ("shop/fruit", "../drink/tea.txt"),
    ("shop/drink", "../../notes.txt"),
)


def plant(root: str) -> None:
    """把树种好：建目录，每个文件里写一句话。"""
    for name in FILES:
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"我是 {os.path.basename(name)}\n")


def draw(folder: str, indent: str = "  ") -> None:
    """把目录里的东西一层一层画出来。"""
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        print(indent + name + ("/" if os.path.isdir(path) else ""))
        if os.path.isdir(path):
            draw(path, indent + "    ")


def walk(root: str) -> None:
    """站到一个目录里，把相对路径换成绝对路径，再看看是不是同一个东西。"""
    for place, relative in WALK:
        os.chdir(os.path.join(root, place))
        absolute = os.path.abspath(relative)
        same = "同一个" if os.path.samefile(relative, absolute) else "不是同一个"
        print(f"站在 {os.getcwd()}\n  相对路径 {relative}\n  绝对路径 {absolute}（{same}）")


def main() -> None:
    """种树，画树，走树；最后树会自己消失。"""
    with tempfile.TemporaryDirectory(prefix="tree-") as place:
        root = os.path.realpath(place)
        plant(root)
        print(f"【树】准备好的树长在 {root}：")
        draw(root)

        print("\n【从相对到绝对】")
        walk(root)

        print("\n【从绝对到相对】同一个文件，站的地方不同，相对路径就不同")
        tea = os.path.join(root, "shop/drink/tea.txt")
        for place in ("shop/drink", "shop", "shop/fruit"):
            start = os.path.join(root, place)
            print(f"从 {start} 看 tea.txt：{os.path.relpath(tea, start)}")

        os.chdir("/")
        print("\n【树根】/ 的上一级还是 /：", os.path.abspath(".."))
        print("【家】你的家目录：", os.path.expanduser("~"))


if __name__ == "__main__":
    main()
