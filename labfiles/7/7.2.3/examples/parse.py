"""把一个 HTTP 请求拆成四部分：请求行、请求头、空行、请求体。"""

from typing import NamedTuple

SAMPLE = (
    b"POST /login?from=home HTTP/1.1\r\n"
    b"Host: 127.0.0.1:8000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 23\r\n"
    b"\r\n"
    b"name=tarena&city=\xe5\x8c\x97\xe4\xba\xac"
)


class Request(NamedTuple):
    """拆开以后的请求。"""

    method: str
    path: str
    version: str
    headers: dict[str, str]
    body: bytes


def parse(data: bytes) -> Request:
    """第一个空行把头和体分开；头里第一行是请求行，其余每行一个“名字: 值”。"""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, version = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()  # 名字不分大小写，所以统一成小写
    size = int(headers.get("content-length", 0))
    return Request(method, path, version, headers, body[:size])


def main() -> None:
    print("原来的字节：")
    for line in SAMPLE.splitlines(keepends=True):
        print(f"  {line!r}")

    request = parse(SAMPLE)
    print("\n【请求行】三样东西，用空格隔开")
    print(f"  方法  {request.method}")
    print(f"  资源  {request.path}")
    print(f"  版本  {request.version}")
    print("【请求头】每行一个，名字: 值")
    for name, value in request.headers.items():
        print(f"  {name} = {value}")
    print("【空行】\\r\\n，头到这里为止")
    print(f"【请求体】Content-Length 说有 {len(request.body)} 字节")
    print(f"  {request.body.decode()}")


if __name__ == "__main__":
    main()
