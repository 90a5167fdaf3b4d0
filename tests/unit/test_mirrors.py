"""Where virtual machines take their box from is asked on the instructor's side."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from classroom.verbs import mirrors


@pytest.fixture
def server() -> Iterator[str]:
    """A server that has one catalogue."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            """Answer."""
            self.send_response(200 if self.path == "/box.json" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    found = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=found.serve_forever).start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    found.server_close()


@pytest.mark.parametrize(
    ("path", "whole", "said"),
    [("/box.json", True, "毫秒"), ("/gone.json", False, "404"), (None, False, "refused")],
)
def test_box_is_asked(
    server: str, monkeypatch: pytest.MonkeyPatch, path: str | None, whole: bool, said: str
) -> None:
    """Whether it answers, and else why it does not."""
    monkeypatch.setenv("COURSEBOX_BOX", "coursebox/noble")
    monkeypatch.setenv(
        "COURSEBOX_BOX_URL", server + path if path else "http://127.0.0.1:9/box.json"
    )
    ((line, found),) = mirrors.box()
    assert found is whole
    assert said in line


@pytest.mark.parametrize("address", ["", "file:///srv/box/catalogue.json"])
def test_no_address_is_not_asked(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Vagrant's own catalogue is nobody's mirror, and a file is there or not."""
    monkeypatch.setenv("COURSEBOX_BOX", "coursebox/noble" if address else "")
    monkeypatch.setenv("COURSEBOX_BOX_URL", address)
    assert mirrors.box() == []
