"""The servers of the course by behaviour, started in the three ways that there are."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import time
from collections.abc import Iterator

import pytest
from testinfra.host import Host

from tests.conftest import failed
from tests.machine import expected
from tests.machine.test_examples import check as check_output
from tests.support import labfiles
from tests.support.labfiles import Example
from tests.support.seat import Seat
from tests.support.terminal import CTRL_C, ENTER, Terminal

SERVERS = labfiles.servers()
AT_ONCE = 2.0


def proof(seat: Seat, what: str, port: int) -> str:
    """Runs a part of talk.py on the seat; returns what is wrong, or nothing."""
    result = seat.python("talk.py", what, str(port))
    return "" if result.rc == 0 else f"{what}: {result.stdout}{result.stderr}"


def talk(seat: Seat, name: str, port: int) -> str:
    """Waits for the server and has the conversation that the course promises."""
    what = name if name in expected.SERVERS else "answers"
    return proof(seat, "up", port) or proof(seat, what, port)


def programs(seat: Seat) -> str:
    """Programs of labs that still run when there was a moment to leave.

    Where processes are not forked, multiprocessing's own helper sees a little later than the
    server's parent that the server is gone.
    """
    command = (
        "tries=0; while left=$(pgrep --full --list-full --euid %s /[e]xamples/)"
        ' && [ $tries -lt 40 ]; do tries=$((tries + 1)); sleep 0.05; done; printf %%s "$left"'
    )
    return str(seat.student.run(command, expected.USER).stdout)


@dataclasses.dataclass
class End:
    """How a server in a terminal ended on ctrl-c."""

    seconds: float
    code: str
    said: str
    port: str
    left: str


@dataclasses.dataclass
class Life:
    """A server's first run, and a second one that ends while a client is connected."""

    talked: str
    first: End
    again: str
    second: End
    client: str


def end(seat: Seat, terminal: Terminal, port: int) -> End:
    """Presses ctrl-c and looks at what remains."""
    started = time.monotonic()
    terminal.send(CTRL_C)
    said = terminal.prompt()
    seconds = time.monotonic() - started
    code = re.sub(r"\D", "", terminal.run("echo $?"))
    return End(seconds, code, said, proof(seat, "free", port), programs(seat))


def live(seat: Seat, name: str, server: Example, command: str) -> Life:
    """Starts a server as a student does, twice, and ends it twice."""
    port = server.port or 0
    with seat.terminal() as terminal:
        terminal.prompt()
        terminal.send(command + ENTER)
        talked = talk(seat, name, port)
        first = end(seat, terminal, port)
        terminal.send(command + ENTER)
        again = proof(seat, "up", port)
        with seat.popen("talk.py", "hold", str(port)) as client:
            assert client.stdout
            client.stdout.readline()
            second = end(seat, terminal, port)
            try:
                rest = client.communicate(timeout=10)[0].strip()
            except subprocess.TimeoutExpired:
                client.kill()
                rest = "still connected"
    return Life(talked, first, again, second, rest)


@pytest.fixture(scope="module", params=["lab", "python"])
def way(request: pytest.FixtureRequest) -> str:
    """By the course's command, or by hand."""
    return str(request.param)


@pytest.fixture(scope="module", params=SERVERS)
def life(request: pytest.FixtureRequest, seat: Seat, way: str) -> Life:
    """A server's life in a terminal."""
    server = SERVERS[request.param]
    commands = {
        "lab": "lab run " + request.param.replace(":", " "),
        "python": f"python3 ~/labs/{server.lab}/examples/{server.path.name}",
    }
    return live(seat, request.param, server, commands[way])


def test_talks_as_the_course_says(life: Life) -> None:
    """It listens, and it is the right server."""
    assert life.talked == ""


def test_ends_at_once_on_ctrl_c(life: Life) -> None:
    """The prompt is back before anybody wonders."""
    assert life.first.seconds < AT_ONCE


def test_ends_in_order(life: Life) -> None:
    """Exit code 0 and a farewell, no traceback."""
    assert (life.first.code, "Traceback" in life.first.said) == ("0", False), life.first.said


def test_leaves_a_free_port(life: Life) -> None:
    """Right after the end, not later."""
    assert (life.first.port, life.second.port) == ("", "")


def test_leaves_no_process(life: Life) -> None:
    """No child outlives the server."""
    assert (life.first.left, life.second.left) == ("", "")


def test_starts_again_at_once(life: Life) -> None:
    """Never "address already in use"."""
    assert life.again == ""


def test_ends_while_a_client_is_connected(life: Life) -> None:
    """Also at once, also in order."""
    assert (life.second.code, life.second.seconds < AT_ONCE) == ("0", True), life.second


def test_hangs_up_on_its_clients(life: Life) -> None:
    """They see the end of the stream."""
    assert life.client == "hung up"


@dataclasses.dataclass
class Service:
    """What a server's unit did between start and stop."""

    talked: str
    user: str
    seconds: float
    state: str
    port: str
    left: str
    again: str
    journal: str


def properties(root: Host, unit: str, *names: str) -> dict[str, str]:
    """What systemd says of a unit."""
    shown = root.check_output(f"systemctl show {unit} --property={','.join(names)}")
    return dict(line.split("=", 1) for line in shown.splitlines())


@pytest.fixture(scope="module", params=SERVERS)
def unit(request: pytest.FixtureRequest) -> str:
    """A server's instance name."""
    return str(request.param)


@pytest.fixture(scope="module")
def service(unit: str, seat: Seat, root: Host) -> Service:
    """A server's life as a service."""
    name = expected.UNIT.format(unit)
    port = SERVERS[unit].port or 0
    since = root.check_output("date +%s")
    started = root.run("systemctl start %s", name)
    talked = started.stderr or talk(seat, unit, port)
    main = properties(root, name, "MainPID")["MainPID"]
    user = root.run("ps -o user= -p %s", main).stdout.strip()
    before = time.monotonic()
    root.run("systemctl stop %s", name)
    seconds = time.monotonic() - before
    shown = properties(root, name, "ActiveState", "Result")
    state = "{ActiveState} {Result}".format(**shown)
    free, left = proof(seat, "free", port), programs(seat)
    root.run("systemctl start %s", name)
    again = proof(seat, "up", port)
    root.run("systemctl stop %s", name)
    root.run("systemctl reset-failed %s", name)
    lines = root.run("journalctl --no-pager --since=@%s --unit=%s", since, name).stdout
    return Service(talked, user, seconds, state, free, left, again, lines)


@pytest.fixture(autouse=True)
def service_journal(request: pytest.FixtureRequest) -> Iterator[None]:
    """Shows what a service said when its test failed."""
    yield
    if "service" in request.fixturenames and failed(request.node):
        print(request.getfixturevalue("service").journal)


@pytest.mark.core
def test_service_talks_as_the_course_says(service: Service) -> None:
    """`systemctl start` gives the same server."""
    assert service.talked == ""


def test_service_runs_as_the_student(service: Service) -> None:
    """Never as root."""
    assert service.user == expected.USER


def test_service_stops_at_once(service: Service) -> None:
    """Without waiting for a kill."""
    assert service.seconds < AT_ONCE * 2


def test_service_stops_in_order(service: Service) -> None:
    """A stop is no failure."""
    assert service.state == "inactive success"


def test_service_leaves_a_free_port(service: Service) -> None:
    """Right after the stop."""
    assert service.port == ""


def test_service_leaves_no_process(service: Service) -> None:
    """The whole group is gone."""
    assert service.left == ""


def test_service_starts_again_at_once(service: Service) -> None:
    """A restart works."""
    assert service.again == ""


def test_service_is_off_by_default(root: Host, unit: str) -> None:
    """The students start their servers themselves."""
    state = root.run("systemctl is-enabled %s", expected.UNIT.format(unit)).stdout.strip()
    assert state in ("disabled", "static")


@pytest.mark.parametrize(
    ("name", "value"),
    [("NoNewPrivileges", "yes"), ("KillSignal", "2"), ("ProtectSystem", "full|strict")],
)
def test_service_is_confined(root: Host, name: str, value: str) -> None:
    """It may do what a lab's server has to, and little else."""
    unit = expected.UNIT.format(next(iter(SERVERS)))
    assert re.fullmatch(value, properties(root, unit, name)[name])


@pytest.mark.core
@pytest.mark.parametrize("port", sorted(set(expected.SERVERS.values())))
def test_port_is_free_by_default(seat: Seat, port: int) -> None:
    """Nothing of the course holds a port unless somebody asked for it."""
    assert proof(seat, "free", port) == ""


def test_says_what_its_lab_promises(life: Life, request: pytest.FixtureRequest) -> None:
    """The lines that `shows` names come in this order."""
    server = SERVERS[request.node.callspec.params["life"]]
    check_output(server, life.first.said)
