"""A machine under test: its accounts, terminals and programs run on it, over plain SSH."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import testinfra
from testinfra.backend.base import CommandResult
from testinfra.backend.ssh import SshBackend
from testinfra.host import Host

from host.paths import ROOT
from tests.machine import expected
from tests.support.terminal import Terminal

ON_SEAT = ROOT / "tests/machine/on_seat"
# A network namespace of its own: the same machine with its cable pulled out. The name server and
# any proxy are as unreachable as the rest, and the machine itself is left as it was. Who may ping is
# a setting of the namespace; a container can set it only where it sees a /proc of its own.
PING = "/proc/sys/net/ipv4/ping_group_range"
UNSHARE = f'unshare --net --mount env PING="$(cat {PING})" sh -c'
OFFLINE = (
    f'mount -t proc proc /proc; echo "$PING" > {PING}; unset PING; '
    "ip link set lo up; "
    "ip link add eth0 type veth peer name unplugged"
    " && ip addr add 192.0.2.10/24 dev eth0 && ip link set eth0 up; "
)


class Seat:
    """One machine, reached through an SSH configuration file."""

    def __init__(self, backend: SshBackend) -> None:
        self.name = backend.host.name
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="cb-"))
        self.config = self.directory / "ssh_config"
        original = pathlib.Path(backend.ssh_config or "~/.ssh/config").expanduser().resolve()
        fixed = {
            "User": backend.host.user,
            "Port": backend.host.port,
            "IdentityFile": backend.ssh_identity_file,
        }
        # One connection an account carries everything that needs no terminal.
        self.config.write_text(
            f"Host *\n  ControlPath {self.directory}/%C\n  LogLevel ERROR\n"
            + f"Host {self.name}\n"
            + "".join(f"  {key} {value}\n" for key, value in fixed.items() if value)
            + f'Host *\n  Include "{original}"\n'
        )
        student = f"ssh://{expected.USER}@{self.name}"
        self.admin = self.connect(f"ssh://{self.name}")
        self.root = self.connect(f"ssh://{self.name}", sudo=True)
        self.student = self.connect(student)
        self.results: dict[str, dict[str, Any]] = {}

    def connect(self, spec: str, **options: Any) -> Host:
        """A testinfra host over the shared connection of its account."""
        return testinfra.get_host(spec, ssh_config=str(self.config), **options)

    def close(self) -> None:
        """Ends the shared connections."""
        for user in ([], ["-o", f"User={expected.USER}"]):
            subprocess.run(
                ["ssh", "-F", self.config, *user, "-O", "exit", self.name],
                check=False,
                stderr=subprocess.DEVNULL,
            )
        shutil.rmtree(self.directory, ignore_errors=True)

    def ssh(self, *options: str, user: str | None = expected.USER) -> list[str]:
        """The start of an ssh command line, on a connection of its own."""
        account = ["-o", f"User={user}"] if user else []
        return ["ssh", "-F", str(self.config), "-o", "ControlPath=none", *account, *options]

    def terminal(
        self,
        *command: str,
        user: str | None = expected.USER,
        options: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
    ) -> Terminal:
        """A login in a terminal, or one command in it."""
        return Terminal([*self.ssh("-tt", *options, user=user), self.name, *command], env)

    def offline_terminal(self) -> Terminal:
        """The student's login shell where nothing but the machine itself can be reached."""
        shell = f"{OFFLINE} exec su --login {expected.USER}"
        return self.terminal(f"sudo {UNSHARE} {shlex.quote(shell)}", user=None)

    def python(self, script: str, *args: str, offline: bool = False) -> CommandResult:
        """Runs a program of `on_seat/` as the student, with the network cut if so wished."""
        source = (ON_SEAT / script).read_text("utf-8")
        command = shlex.join(["python3", "-c", source, *args])
        if not offline:
            return self.student.run(command)
        inner = f"{OFFLINE} exec su --login {expected.USER} --command {shlex.quote(command)}"
        return self.root.run(f"{UNSHARE} {shlex.quote(inner)}")

    def popen(self, script: str, *args: str) -> subprocess.Popen[str]:
        """Starts a program of `on_seat/` as the student and lets it run."""
        command = shlex.join(["python3", "-c", (ON_SEAT / script).read_text("utf-8"), *args])
        argv = [*self.ssh(), self.name, command]
        return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)

    def python_json(self, script: str, *args: str, offline: bool = False) -> Any:
        """The same for a program that prints JSON."""
        result = self.python(script, *args, offline=offline)
        assert result.rc == 0, f"{script} broke on the seat:\n{result.stdout}{result.stderr}"
        return json.loads(result.stdout)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[str]:
        """A directory of the student's that goes away with all that is in it."""
        path = self.student.check_output("mktemp -d")
        try:
            yield path
        finally:
            self.student.check_output(f"rm -rf {path}")


class Here(Seat):
    """This host in a seat's place, for what needs no more of one than `lab` and Python: the proof of a single lab.

    Programs run in a home of their own and, where the host allows it, with the network cut, so that a course machine
    of this host's keeps its ports.
    """

    def __init__(self) -> None:
        self.name = "here"
        self.results = {}

    def close(self) -> None:
        """Nothing is open."""

    def python(self, script: str, *args: str, offline: bool = False) -> CommandResult:
        """Runs a program of `on_seat/`, with `lab` from this checkout."""
        with tempfile.TemporaryDirectory(prefix="cb-") as place:
            command = pathlib.Path(place, "bin/lab")
            command.parent.mkdir()
            start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from lab.cli import main; sys.exit(main(sys.argv[1:]))"
            command.write_text(
                f'#!/bin/sh\nexec {shlex.join([sys.executable, "-IXutf8", "-c", start])} "$@"\n'
            )
            command.chmod(0o755)
            env = {**os.environ, "HOME": place, "PATH": f"{command.parent}:{os.environ['PATH']}"}
            program = [sys.executable, "-c", (ON_SEAT / script).read_text("utf-8"), *args]
            cut = _without_network() if offline else []
            done = subprocess.run(
                [*cut, *program], env=env, capture_output=True, encoding="utf-8", check=False
            )
        return CommandResult(None, done.returncode, program, done.stdout, done.stderr)


@functools.cache
def _without_network() -> list[str]:
    """What runs a command in a network of its own; nothing where the host does not allow that."""
    whose = [] if os.geteuid() == 0 else ["--map-current-user", "--keep-caps"]
    command = ["unshare", "--net", *whose, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    allowed = subprocess.run([*command, "true"], check=False, capture_output=True)
    return [] if allowed.returncode else command
