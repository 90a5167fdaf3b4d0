"""A seat that ends or stands still instead of booting: told within seconds, with its last words and what to do."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from host import image, seat, settings
from host.errors import HostError

SUITE = "trixie"
NAME = "dead"
TARGET = "coursebox-test-dead"
# Said within ten seconds; the rest is for a host that does other work as well.
LIMIT = 30.0


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Makes a seat whose first process is a shell script; returns what is said of it."""
    chosen = settings.load({"COURSEBOX_SUITE": SUITE})
    image.ensure(chosen, print)
    base = image.name(SUITE)
    monkeypatch.setattr(image, "ensure", lambda *_: "")
    monkeypatch.setattr(image, "name", lambda *_: TARGET)

    def make(script: str) -> str:
        made = subprocess.run(
            ["docker", "create", base], capture_output=True, text=True, check=True
        ).stdout.strip()
        change = f'CMD ["sh", "-c", "{script}"]'
        subprocess.run(["docker", "commit", "--change", change, made, TARGET], check=True)
        subprocess.run(["docker", "rm", made], check=True)
        seat.destroy(NAME)
        started = time.monotonic()
        with pytest.raises(HostError) as raised:
            seat.create(NAME, chosen, print)
        assert time.monotonic() - started < LIMIT
        return str(raised.value)

    yield make
    seat.destroy(NAME)
    subprocess.run(["docker", "image", "rm", "--force", TARGET], check=True)


def test_one_that_ends(dying: Callable[[str], str]) -> None:
    """Its exit code, its last words, and the cure where they tell one."""
    said = dying("echo Failed to mount cgroup2: Operation not permitted; exit 255")
    assert "255" in said
    assert "Failed to mount cgroup2" in said
    assert "cgroup" in said.splitlines()[-1]


def test_one_that_ends_without_a_word(dying: Callable[[str], str]) -> None:
    """Then where to look."""
    said = dying("exit 3")
    assert "3" in said
    assert "docker logs" in said


def test_one_that_stands_still(dying: Callable[[str], str]) -> None:
    """It runs, and nothing in it moves: nobody waits for a login that cannot come."""
    said = dying("echo Failed to allocate inotify instance; exec sleep infinity")
    assert "没有动静" in said
    assert "max_user_instances" in said


def test_one_that_takes_its_time_is_waited_for(dying: Callable[[str], str]) -> None:
    """As long as something goes on in it, however long that is; then it ends."""
    said = dying("i=0; while [ $i -lt 12 ]; do sleep 1 ; i=$((i+1)); done; exit 7")
    assert "7" in said
    assert "没有动静" not in said
