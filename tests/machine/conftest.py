"""Fixtures of the machine tests: `pytest tests/machine --ssh-config=FILE --hosts=ssh://NAME`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from testinfra.backend.ssh import SshBackend
from testinfra.host import Host

from tests.conftest import failed
from tests.support import labfiles
from tests.support.seat import Here, Seat
from tests.support.terminal import Terminal


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--repeat 20` runs each exercise's check twenty times."""
    parser.addoption("--repeat", type=int, default=1, help="how often each exercise is checked")


@pytest.fixture(scope="session")
def seats() -> Iterator[dict[str, Seat]]:
    """The machines of this run, by name."""
    known: dict[str, Seat] = {}
    yield known
    for seat in known.values():
        seat.close()


@pytest.fixture(scope="module")
def seat(_testinfra_host: Host, seats: dict[str, Seat], request: pytest.FixtureRequest) -> Seat:
    """The machine under test; for the proof of one lab without one, this host."""
    backend = _testinfra_host.backend
    if not isinstance(backend, SshBackend):
        if request.config.getoption("--lab"):
            return seats.setdefault("here", Here())
        pytest.exit("machine tests need --ssh-config=FILE --hosts=ssh://NAME", returncode=4)
    name = backend.host.name
    if name not in seats:
        seats[name] = Seat(backend)
    return seats[name]


@pytest.fixture(scope="module")
def host(seat: Seat) -> Host:
    """The account that provisions the machine."""
    return seat.admin


@pytest.fixture(scope="module")
def root(seat: Seat) -> Host:
    """The same account with sudo."""
    return seat.root


@pytest.fixture(scope="module")
def student(seat: Seat) -> Host:
    """The course user, logged in with a key."""
    return seat.student


@pytest.fixture
def terminal(seat: Seat) -> Iterator[Terminal]:
    """The course user's login in a terminal, at its first prompt."""
    with seat.terminal() as shell:
        shell.prompt()
        yield shell


@pytest.fixture
def scratch(seat: Seat) -> Iterator[str]:
    """A directory of the student's that goes away afterwards."""
    with seat.scratch() as path:
        yield path


@pytest.fixture
def put_aside(student: Host) -> Iterator[Callable[[str], None]]:
    """Moves a file of the student's out of the way and brings it back afterwards."""
    paths: list[str] = []

    def move(path: str) -> None:
        student.check_output("! test -e %s || mv %s %s", path, path, path + ".tests-aside")
        paths.append(path)

    yield move
    for path in paths:
        student.check_output("rm -rf %s", path)
        student.check_output("! test -e %s || mv %s %s", *[path + ".tests-aside"] * 2, path)


@pytest.fixture
def journal(request: pytest.FixtureRequest, root: Host) -> Iterator[None]:
    """Shows what the machine's services said when the test failed."""
    since = root.check_output("date +%s")
    yield
    if failed(request.node):
        print(root.run("systemctl --no-pager --failed").stdout)
        print(root.run("journalctl --no-pager --since=@%s | tail -n 200", since).stdout)


def job(example: labfiles.Example, method: str | None) -> dict[str, object]:
    """What the runner on the seat has to know about one run of an example."""
    servers = labfiles.servers()
    needs = None
    if example.needs:
        port = next(s.port for s in servers.values() if s.key == key(example.needs))
        needs = {"key": example.needs, "port": port}
    return {
        "id": run_id(example, method),
        "key": example.key,
        "method": method,
        "stdin": example.stdin,
        "needs": needs,
        # Three machines share two processors here: a run that is late is one that hangs.
        "seconds": example.seconds * 3,
        "alone": example.chapter not in {"1", "2", "3", "4"} or "4.2.5" in example.lab,
    }


def key(reference: str) -> str:
    """`5.3.2` and `5.3.2:server` name the same server."""
    for name, server in labfiles.servers().items():
        if reference in (name, server.key):
            return server.key
    raise LookupError(f"no server {reference} in labfiles/")


def run_id(example: labfiles.Example, method: str | None) -> str:
    """The name under which a run's result is kept."""
    return f"{example.key}-{method or 'default'}"


@pytest.fixture(scope="module")
def runs(seat: Seat, request: pytest.FixtureRequest) -> dict[str, dict[str, object]]:
    """All runs of examples that the selected tests ask for, made at once with the network cut."""
    wanted: dict[str, dict[str, object]] = {}
    for item in request.session.items:
        call = getattr(item, "callspec", None)
        if call and "example" in call.params and "runs" in getattr(item, "fixturenames", ()):
            chosen = job(call.params["example"], call.params.get("method"))
            wanted[str(chosen["id"])] = chosen
    missing = [chosen for name, chosen in wanted.items() if name not in seat.results]
    if missing:
        made = seat.python_json("run_examples.py", json.dumps(missing), offline=True)
        seat.results.update(made)
    return seat.results
