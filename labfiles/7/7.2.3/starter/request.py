"""练习 7.2.3：把一个 HTTP 请求拆开。

做完以后检查：lab check 7.2.3
"""

from typing import Any

SAMPLE = (
    b"POST /book?page=2 HTTP/1.1\r\n"
    b"Host: 127.0.0.1:8000\r\n"
    b"Content-Length: 17\r\n"
    b"\r\n"
    b"name=\xe5\x90\x8e\xe7\xab\xaf\xe5\xbc\x80\xe5\x8f\x91"
)


def parse(data: bytes) -> dict[str, Any]:
    """拆开一个请求，返回一个字典。

    method 方法，target 资源（原样），version 版本，
    headers 请求头：名字（小写）到值，两头的空格去掉；
    body 请求体（bytes）：正好 Content-Length 那么多字节，没有这个请求头就是空的。
    请求头没有说完、请求行不是三样、请求头里没有冒号、请求体没有收完，都引发 ValueError。
    """
    # TODO 1：在第一个空行（\r\n\r\n）处切开；没有空行就 raise ValueError("……")
    # TODO 2：头的第一行是请求行，用空格隔开的三样东西
    # TODO 3：其余每行一个请求头，在第一个冒号处切开，名字变成小写
    # TODO 4：请求体有 content-length 那么多字节，收到的不够就 raise ValueError("……")
    return {"method": "", "target": "", "version": "", "headers": {}, "body": b""}


def main() -> None:
    """拆一个现成的请求。"""
    for name, value in parse(SAMPLE).items():
        print(f"{name:>8} = {value!r}")


if __name__ == "__main__":
    main()
