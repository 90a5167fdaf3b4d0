"""The README's lines on bare hosts, each nested from bare: by whom, in which locale, under which umask, by which door."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support import bare_host
from tests.support.bare_host import Host
from tests.support.recap import changed

# The account was no member of the engine's group when this login began.
SAME_LOGIN = "code=$?; python3 -m host seat state seat01 && exit $code"
SSH = "--ssh-config=build/seats/ssh_config --hosts=ssh://seat01"


@dataclass(frozen=True)
class Way:
    """How one comes to a course machine: the host's suite, who types, in which shell, and what.

    `door` is the command that brings it up. `offered` says whether the archive has Vagrant, `unit` whether the unit tests run
    there too, for which the host installs a browser and emulators.
    """

    suite: str
    account: str
    locale: str
    door: str = "make up"
    umask: str = "022"
    offered: bool = True
    unit: bool = False

    def __str__(self) -> str:
        door = self.door.replace(" & wait $!", "-background").replace(" ", "-")
        parts = [self.suite, self.account, self.locale, door, f"umask{self.umask}"]
        return "-".join([*parts, *([] if self.offered else ["no-vagrant"])])


IN_BACKGROUND = "make up & wait $!"
UNGENERATED = "de_DE.UTF-8"
WAYS = [
    # The one of `make test`: the likeliest things to go wrong, together.
    Way("trixie", "teacher", UNGENERATED, umask="077", offered=False),
    Way("trixie", "root", "C.UTF-8", IN_BACKGROUND, unit=True),
    Way("trixie", "teacher", "zh_CN.UTF-8", "vagrant up"),
    Way("bookworm", "root", "C", unit=True),
    Way("bookworm", "teacher", "zh_CN.UTF-8", IN_BACKGROUND),
    Way("bookworm", "teacher", "C.UTF-8", "vagrant up", umask="077"),
    Way("forky", "root", "C.UTF-8", IN_BACKGROUND),
    Way("forky", "teacher", UNGENERATED, unit=True),
    Way("trixie", "root", "C.UTF-8", "make up PROVIDER=libvirt"),
]


@pytest.fixture(scope="module", params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    """One of them at a time."""
    chosen: Way = request.param
    return chosen


@pytest.fixture(scope="module")
def host(way: Way, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Its host, bare but for what the way itself says."""
    try:
        made = Host(way.suite, way.account, tmp_path_factory.mktemp("host") / "coursebox")
        made.shell = f"umask {way.umask}; export LANG={way.locale}"
        if not way.offered:
            pin = r"Package: vagrant*\nPin: release *\nPin-Priority: -1\n"
            made.root(f"printf '{pin}' > /etc/apt/preferences.d/no-vagrant")
        if way.door.startswith("vagrant"):
            expect(made, "sudo apt-get -q update && sudo apt-get -q install -y vagrant")
        yield made
    finally:
        bare_host.remove()


@pytest.fixture(scope="module")
def first(host: Host, way: Way) -> str:
    """What the door says when it is used for the first time, and the same login asks for the machine's state then."""
    return expect(host, f"{way.door}; {SAME_LOGIN}")


def expect(host: Host, command: str) -> str:
    """Return what a command prints, which must not fail."""
    done: subprocess.CompletedProcess[str] = host.run(command)
    assert done.returncode == 0, f"{command}: {done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


def test_the_course_machine_comes_up_from_bare(host: Host, way: Way, first: str) -> None:
    """By the one command, which installs all that is missing; the course user gets in."""
    if way.door.startswith("make"):
        assert "make ssh" in first
    assert '"state": "running"' in first or way.door.endswith("libvirt")
    assert "tarena@tedu" in expect(host, """make ssh CMD='echo "$(whoami)@$(hostname)"'""")


def test_a_second_time_changes_nothing(host: Host, way: Way, first: str) -> None:
    """The same command, in another login."""
    if way.door.startswith("vagrant"):
        recap = expect(host, f"{way.door} --provision")
    else:
        expect(host, way.door)
        recap = expect(
            host, "cat build/log/provision.log build/log/vagrant.log 2>&1 || test $? = 1"
        )
    assert changed(recap) == [0], recap[-3000:]


def test_the_unit_tests_pass(host: Host, way: Way, first: str) -> None:
    """With what `make tools` installs on such a host."""
    if not way.unit:
        pytest.skip("on one host of each suite")
    expect(host, "make unit")


def test_the_machine_passes_the_core_machine_tests(host: Host, first: str) -> None:
    """Started on the host itself."""
    expect(host, "python3 -m host venv ansible test")
    expect(host, f".venv/bin/pytest -q tests/machine -m core {SSH}")
