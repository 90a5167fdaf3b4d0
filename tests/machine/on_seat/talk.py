"""Runs on the seat: talks to a server there, and fails where it is not the server of the course."""

from __future__ import annotations

import socket
import sys
import threading
import time
from pathlib import Path

DEADLINE = 10.0
LISTEN = "0A"


def connect(port: int) -> socket.socket:
    """A connection; one that is refused is a failure, never a reason to try again."""
    peer = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
    peer.settimeout(DEADLINE)
    return peer


def receive(peer: socket.socket, size: int) -> bytes:
    """Exactly so many bytes, fewer only where the peer closed."""
    data = b""
    while len(data) < size:
        piece = peer.recv(size - len(data))
        if not piece:
            break
        data += piece
    return data


def expect(found: object, wanted: object, what: str) -> None:
    """States one fact."""
    if found != wanted:
        raise SystemExit(f"{what}: {found!r} instead of {wanted!r}")


def silent(peer: socket.socket, seconds: float = 0.4) -> bool:
    """Whether nothing comes for a while."""
    peer.settimeout(seconds)
    try:
        return not peer.recv(1)
    except TimeoutError:
        return True
    finally:
        peer.settimeout(DEADLINE)


def thanks(port: int) -> None:
    """5.3.2: five bytes at a time, one client at a time, and the next one afterwards."""
    with connect(port) as first, connect(port) as second:
        first.sendall(b"hello")
        expect(receive(first, 7), b"Thanks/", "the answer to five bytes")
        first.sendall(b"helloworld")
        expect(receive(first, 14), b"Thanks/Thanks/", "the answer to ten bytes")
        second.sendall(b"hello")
        expect(silent(second), True, "a second client has to wait")
        first.sendall(b"##")
        expect(first.recv(100), b"", "what comes after ##")
        expect(receive(second, 7), b"Thanks/", "the second client's answer once it is served")
    with connect(port) as third:
        third.sendall(b"again")
        expect(receive(third, 7), b"Thanks/", "a client after one that just went away")


def together(port: int) -> None:
    """6.2: two clients are served at the same time, in whatever order they speak."""
    with connect(port) as first, connect(port) as second:
        for peer in (second, first, second, first):
            peer.sendall(b"hello")
            expect(bool(peer.recv(100)), True, "an answer while the other client is connected")
        first.sendall(b"##")
        first.shutdown(socket.SHUT_WR)
        while first.recv(100):
            pass
        second.sendall(b"hello")
        expect(bool(second.recv(100)), True, "an answer after the other client left")


def ask(port: int, request: bytes) -> tuple[str, dict[str, str], bytes]:
    """Status line, headers in small letters and body of an HTTP answer."""
    with connect(port) as peer:
        peer.sendall(request)
        answer = b""
        while True:
            piece = peer.recv(65536)
            if not piece:
                break
            answer += piece
            head, border, body = answer.partition(b"\r\n\r\n")
            fields = headers(head)
            if request.startswith(b"HEAD ") and border:
                continue
            if border and len(body) >= int(fields.get("content-length", sys.maxsize)):
                break
    head, border, body = answer.partition(b"\r\n\r\n")
    expect(border, b"\r\n\r\n", f"a blank line after the headers in {answer[:80]!r}")
    return head.split(b"\r\n")[0].decode(), headers(head), body


def headers(head: bytes) -> dict[str, str]:
    """Header fields by their name in small letters."""
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def request(target: str, method: str = "GET") -> bytes:
    """A request as browsers send it."""
    return (f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").encode()


def kind(fields: dict[str, str]) -> str:
    """The media type without its parameters."""
    return fields.get("content-type", "").partition(";")[0].strip().lower()


def hello(port: int) -> None:
    """7.2.4: a greeting in HTML."""
    status, fields, body = ask(port, request("/"))
    expect(status, "HTTP/1.1 200 OK", "the status line")
    expect(kind(fields), "text/html", "the Content-Type")
    text = body.decode("utf-8")
    expect(any("\u4e00" <= letter <= "\u9fff" for letter in text), True, f"Chinese in {text!r}")


def image(port: int) -> None:
    """7.2.4: a whole JPEG."""
    status, fields, body = ask(port, request("/"))
    expect(status, "HTTP/1.1 200 OK", "the status line")
    expect(kind(fields), "image/jpeg", "the Content-Type")
    expect((body[:2], body[-2:]), (b"\xff\xd8", b"\xff\xd9"), "the JPEG's first and last bytes")


def pages(port: int) -> None:
    """7.3: static pages, many clients at once, never a file outside the root."""
    status, fields, page = ask(port, request("/"))
    expect(status, "HTTP/1.1 200 OK", "the status line")
    expect(kind(fields), "text/html", "the Content-Type")
    expect(fields.get("content-length"), str(len(page)), "the Content-Length")
    status, head, body = ask(port, request("/", "HEAD"))
    expect((status, body), ("HTTP/1.1 200 OK", b""), "the answer to HEAD")
    for name in ("content-length", "content-type"):
        expect(head.get(name), fields.get(name), f"{name} in the answer to HEAD")
    wrong = {
        request("/nothing-of-this-name.html"): "404",
        request("/", "POST"): "405",
        request("/", "DELETE"): "405",
        b"no request at all\r\n\r\n": "400",
    }
    for sent, code in wrong.items():
        status = ask(port, sent)[0]
        expect(status.split()[1], code, f"the answer to {sent[:40]!r}")
    outside = ("/../../../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd")
    for target in (*outside, "//etc/passwd", "/..%2f..%2f..%2f..%2f..%2fetc/passwd"):
        status, _, body = ask(port, request(target))
        expect(status.split()[1] in ("400", "403", "404"), True, f"{target} answered {status}")
        expect(b"root:" in body, False, f"{target} shows /etc/passwd")
    with connect(port):
        crowd(port, page)


def crowd(port: int, page: bytes, size: int = 20) -> None:
    """So many clients at once while one more is connected and says nothing."""
    bodies: list[bytes] = []

    def client() -> None:
        bodies.append(ask(port, request("/"))[2])

    clients = [threading.Thread(target=client) for _ in range(size)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    expect(bodies.count(page), size, "whole answers for clients that came at once")


def listening(port: int) -> set[str]:
    """Addresses on which somebody listens there, read from the kernel so that no server notices."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            address, _, number = fields[1].rpartition(":")
            if fields[3] == LISTEN and int(number, 16) == port:
                found.add(address)
    return found


def up(port: int) -> None:
    """Waits for the server, which listens for the whole network and not for this machine alone."""
    deadline = time.monotonic() + DEADLINE
    while not (found := listening(port)):
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing listens on port {port}")
        time.sleep(0.02)
    expect([address.strip("0") for address in found], [""], f"the addresses of port {port}")


def free(port: int) -> None:
    """States that nothing listens now."""
    expect(listening(port), set(), f"something listens on port {port}")


def answers(port: int) -> None:
    """A server that no section describes: it takes a connection."""
    connect(port).close()


def hold(port: int) -> None:
    """Stays connected, says so, and ends when the server hangs up."""
    with connect(port) as peer:
        print("connected", flush=True)
        peer.settimeout(60)
        try:
            while peer.recv(100):
                pass
        except ConnectionResetError:
            pass
    print("hung up", flush=True)


PROOFS = {
    "5.3.2": thanks,
    "6.2:process": together,
    "6.2:thread": together,
    "7.2.4:hello": hello,
    "7.2.4:image": image,
    "7.3": pages,
    "up": up,
    "free": free,
    "answers": answers,
    "hold": hold,
}

if __name__ == "__main__":
    PROOFS[sys.argv[1]](int(sys.argv[2]))
