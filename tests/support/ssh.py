"""A machine reached by `ssh -F`, whatever kind of machine it is: commands on it, and the machine tests against it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from host.paths import ROOT
from tests.machine import expected

DEADLINE = 300.0
# A machine that dies or reboots under a login answers no more; the login is given up after a minute.
OPTIONS = (
    "BatchMode=yes",
    "LogLevel=ERROR",
    "ConnectTimeout=10",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=4",
)


class SshMachine:
    """A machine by the name that it has in an ssh configuration, whose login there has sudo without a password."""

    def __init__(self, name: str, ssh_config: Path | str) -> None:
        self.name = name
        self.ssh_config = str(ssh_config)

    def login(self, command: str, *options: str) -> list[str]:
        """The command line that runs a command as the account that provisions; options as ssh's -o takes them."""
        chosen = [f"-o{option}" for option in (*options, *OPTIONS)]
        return ["ssh", "-F", self.ssh_config, *chosen, self.name, command]

    def root(self, command: str) -> list[str]:
        """The command line that runs a command as root."""
        return self.login(f"sudo sh -c {shlex.quote(command)}")

    def run(
        self, command: str, user: str = "", stdin: str | bytes = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command, as root where no user is named; sudo's log shows the command, but no standard input."""
        argv = self.login(command, f"User={user}") if user else self.root(command)
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(argv, input=given, capture_output=True, timeout=DEADLINE, check=False)
        return subprocess.CompletedProcess(
            argv, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def out(self, command: str, user: str = "", stdin: str | bytes = "") -> str:
        """What a command prints that must not fail."""
        done = self.run(command, user, stdin)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def student(self, command: str) -> str:
        """What a command of the course user prints."""
        return self.out(command, user=expected.USER)

    def wait_until(self, condition: str) -> None:
        """Wait on the machine itself until a shell command of root's holds."""
        loop = f"until {condition}; do sleep 0.02; done"
        self.out(f"timeout {DEADLINE - 5:.0f} sh -c {shlex.quote(loop)}")

    def test(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run machine tests against it."""
        command = [sys.executable, "-m", "pytest", "-q", "tests/machine", *arguments]
        target = [f"--ssh-config={self.ssh_config}", f"--hosts=ssh://{self.name}"]
        return subprocess.run(
            [*command, *target], cwd=ROOT, capture_output=True, text=True, check=False
        )

    def passes_the_machine_tests(self) -> None:
        """The core ones, which are the same for every kind of machine."""
        tests = self.test("-m", "core")
        assert tests.returncode == 0, tests.stdout[-8000:]
