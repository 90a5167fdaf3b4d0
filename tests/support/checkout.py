"""A copy of this checkout as a new clone would be: what git knows, and nothing that was built."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from host.paths import ROOT
from host.settings import PORTS
from tests.support.processes import kill
from tests.support.ssh import SshMachine

DEADLINE = 2400.0
# Seats that tests have at most: seat n is reached at the first one's ports plus n - 1.
SEATS = 3
_OURS = (
    "COURSEBOX_",
    "PYTEST_",
    "VIRTUAL_ENV",
    "PYTHON",
    "ANSIBLE_",
    "MOLECULE_",
    "MAKE",
    "MFLAGS",
)


class Checkout:
    """A fresh copy of the project at `root`; its commands run without this run's own environment.

    They run with `settings`, among which are ports that nobody held when the copy was made.
    """

    def __init__(self, root: Path, **settings: str) -> None:
        self.root = root
        self.settings = {**free_port_settings(), **settings}
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        for name in listed.stdout.decode().split("\0"):
            source = ROOT / name
            if name and source.is_file():
                target = root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)
        self.environ = {
            key: value for key, value in os.environ.items() if not key.startswith(_OURS)
        }
        tools = str(ROOT / ".venv/bin")
        self.environ["PATH"] = os.pathsep.join(
            folder for folder in os.environ["PATH"].split(os.pathsep) if folder != tools
        )

    @property
    def containers(self) -> str:
        """What the names of its container seats begin with."""
        return f"coursebox-{hashlib.sha256(str(self.root).encode()).hexdigest()[:8]}-"

    def start(self, *command: str, **settings: str) -> subprocess.Popen[str]:
        """Start a command in the copy, in a process group of its own, with more settings in its environment."""
        chosen = {**self.settings, **settings}
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=self.environ | {f"COURSEBOX_{key.upper()}": value for key, value in chosen.items()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy to its end, at most DEADLINE seconds."""
        process = self.start(*command, **settings)
        out, err = process.communicate(timeout=DEADLINE)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def out(self, *command: str, **settings: str) -> str:
        """What a command prints that must not fail."""
        done = self.run(*command, **settings)
        said = done.stdout[-4000:] + done.stderr[-4000:] + self.log("vagrant")[-3000:]
        assert done.returncode == 0, said
        return done.stdout

    def refused(self, *command: str, **settings: str) -> str:
        """The one message of a command that must fail, from its line on."""
        done = self.run(*command, **settings)
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stderr
        lines = done.stderr.splitlines()
        begins = [n for n, line in enumerate(lines) if line.startswith("coursebox：")]
        assert len(begins) == 1, done.stderr
        return "\n".join(lines[begins[0] :])

    def log(self, name: str) -> str:
        """What `provision` or `vagrant` wrote last."""
        log = self.root / f"build/log/{name}.log"
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def seat(self, name: str = "seat01") -> SshMachine:
        """One of its seats, as it says itself that they are reached."""
        return SshMachine(name, self.root / "build/seats/ssh_config")

    def serves(self, number: int = 1) -> str:
        """What a server of the student's on a seat answers at the host's port for it: the list of the home's files."""
        server = self.start(
            "make",
            "ssh",
            f"SEAT=seat{number:02}",
            "CMD=cd; timeout 60 python3 -um http.server 8000",
        )
        port = int(self.settings["port_8000"]) + number - 1
        try:
            return self.out(
                "curl", "--silent", "--fail", "--noproxy", "*", "--retry", "30", "--retry-delay", "1",
                "--retry-all-errors", f"http://127.0.0.1:{port}/",
            )  # fmt: skip
        finally:
            kill(server, signal.SIGTERM)


def free_port_settings() -> dict[str, str]:
    """Return the settings of ports, each with the first of several in a row that nobody holds now."""
    found: dict[str, str] = {}
    with contextlib.ExitStack() as held:
        while len(found) < len(PORTS):
            (first,) = free_ports(1)
            with contextlib.suppress(OSError, OverflowError):
                for port in range(first, first + SEATS):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
                found[list(PORTS)[len(found)]] = str(first)
    return found


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback that nobody holds now."""
    with contextlib.ExitStack() as held:
        holders = [held.enter_context(socket.socket()) for _ in range(count)]
        for holder in holders:
            holder.bind(("127.0.0.1", 0))
        return [holder.getsockname()[1] for holder in holders]
