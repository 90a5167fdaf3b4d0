"""A copy of this checkout as a new clone would be: what git knows, and nothing that was built."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from host.paths import ROOT
from host.settings import PORTS

DEADLINE = 2400.0
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
    """A fresh copy of the project at `root`; its commands run without this run's own environment."""

    def __init__(self, root: Path) -> None:
        self.root = root
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
        """Start a command in the copy, in a process group of its own, with settings in its environment."""
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=self.environ
            | {f"COURSEBOX_{key.upper()}": value for key, value in settings.items()},
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


def expect_machine_tests(ssh_config: Path | str, seat: str) -> None:
    """Let a seat pass the core machine tests, which are the same for every kind of machine."""
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/machine", "-m", "core",
         f"--ssh-config={ssh_config}", f"--hosts=ssh://{seat}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert tests.returncode == 0, tests.stdout[-8000:]


def free_port_settings() -> dict[str, str]:
    """Return the settings of ports, each with one that nobody holds now."""
    return dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback that nobody holds now."""
    holders = [socket.socket() for _ in range(count)]
    try:
        for holder in holders:
            holder.bind(("127.0.0.1", 0))
        return [holder.getsockname()[1] for holder in holders]
    finally:
        for holder in holders:
            holder.close()
