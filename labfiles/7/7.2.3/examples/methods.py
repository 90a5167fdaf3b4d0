"""用五种请求方法各访问一次 127.0.0.1:8000，看看每次发出了什么、收到了什么。

先在另一个终端里运行服务端：lab run 7.2.3 request
"""

import html
import http.client
import sys

REQUESTS = [
    ("GET", "/book", None, "把这本书给我看看"),
    ("HEAD", "/book", None, "只要响应头，不要内容"),
    ("POST", "/book", "name=后端开发", "新添一本书"),
    ("PUT", "/book/1", "name=网络编程", "把 1 号书换成这样"),
    ("DELETE", "/book/1", None, "删掉 1 号书"),
]


def ask(method: str, path: str, body: str | None) -> tuple[int, str]:
    """发一个请求，返回状态码和响应体。"""
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=10)
    try:
        connection.request(method, path, body.encode() if body else None)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def main() -> None:
    for method, path, body, meaning in REQUESTS:
        try:
            status, page = ask(method, path, body)
        except ConnectionRefusedError:
            sys.exit("8000 端口没有人听。先在另一个终端运行：lab run 7.2.3 request")
        print(f"{method} {path}：{meaning}")
        print(f"  状态码 {status}，响应体 {len(page.encode())} 字节")
        words = page.partition("<pre>")[2].partition("</pre>")[0]  # 服务端把请求写在这两个标签之间
        for line in html.unescape(words).splitlines():
            if line.startswith(("请求行", "请求体")):
                print(f"  服务端看到的{line}")
        print(flush=True)


if __name__ == "__main__":
    main()
