"""练习 7.2.3 的解答：把一个 HTTP 请求拆开。"""

from typing import Any

SAMPLE = (
    b"POST /book?page=2 HTTP/1.1\r\n"
    b"Host: 127.0.0.1:8000\r\n"
    b"Content-Length: 17\r\n"
    b"\r\n"
    b"name=\xe5\x90\x8e\xe7\xab\xaf\xe5\xbc\x80\xe5\x8f\x91"
)


def parse(data: bytes) -> dict[str, Any]:
    """拆开一个请求；它不完整，或者格式不对，就引发 ValueError。"""
    head, blank, rest = data.partition(b"\r\n\r\n")
    if not blank:
        raise ValueError("没有空行，请求头还没有说完")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        raise ValueError("请求行不是三样东西")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError("请求头里没有冒号")
        headers[name.lower()] = value.strip()
    size = int(headers.get("content-length", "0"))
    if len(rest) < size:
        raise ValueError("请求体还没有收完")
    method, target, version = words
    return {
        "method": method,
        "target": target,
        "version": version,
        "headers": headers,
        "body": rest[:size],
    }


def main() -> None:
    """拆一个现成的请求。"""
    for name, value in parse(SAMPLE).items():
        print(f"{name:>8} = {value!r}")


if __name__ == "__main__":
    main()
