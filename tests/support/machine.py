"""A container machine as the end-to-end tests drive it: created, provisioned, killed, tested."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

from host.paths import ROOT
from tests.support import recap
from tests.support.processes import kill, wait_until
from tests.support.ssh import DEADLINE, SshMachine

BIN = pathlib.Path(sys.executable).parent
INDICES = "apt-get --print-uris update"


@dataclasses.dataclass
class Run:
    """How one provisioning went."""

    rc: int
    output: str

    @property
    def changed(self) -> int | None:
        """Tasks that changed something; None where the run did not come to its recap."""
        found = recap.changed(self.output)
        return sum(found) if found else None

    @property
    def changes(self) -> list[str]:
        """The names of those tasks."""
        task, names = "", []
        for line in self.output.splitlines():
            if match := re.match(r"(?:TASK|RUNNING HANDLER) \[(.*)\]", line):
                task = match.group(1)
            elif line.startswith("changed:"):
                names.append(task)
        return names


def host_tool(*args: str) -> str:
    """Runs `python3 -m host …`."""
    command = [sys.executable, "-m", "host", *args]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


class Machine(SshMachine):
    """A container seat of this checkout's."""

    @classmethod
    def create(cls, name: str, suite: str) -> Machine:
        """A bare machine, never one that an earlier run left behind."""
        host_tool("seat", "destroy", name)
        made = host_tool("seat", "create", name, "--suite", suite)
        return cls(name, json.loads(made.splitlines()[-1])["ssh_config"])

    def destroy(self) -> None:
        """Takes it away."""
        host_tool("seat", "destroy", self.name)

    def cut_power(self) -> None:
        """Stops it at once, whatever it does."""
        host_tool("seat", "kill", self.name)

    def start(self) -> None:
        """Starts it again and waits for a login."""
        host_tool("seat", "start", self.name)

    def playbook(self, *args: str, tree: pathlib.Path = ROOT) -> list[str]:
        """The command line that provisions it."""
        inventory = ROOT / "build/seats" / self.name / "inventory.yml"
        playbook = tree / "playbooks/site.yml"
        return [str(BIN / "ansible-playbook"), "-i", str(inventory), str(playbook), *args]

    def provision(self, *args: str, tree: pathlib.Path = ROOT) -> Run:
        """Provisions it to the end."""
        result = subprocess.run(
            self.playbook(*args, tree=tree),
            cwd=tree,
            # That of the make around these tests names this checkout's plugins.
            env={**os.environ, "ANSIBLE_CONFIG": str(tree / "ansible.cfg")},
            capture_output=True,
            text=True,
            timeout=DEADLINE * 2,
        )
        return Run(result.returncode, result.stdout + result.stderr)

    def provision_until(self, condition: str, log: pathlib.Path) -> subprocess.Popen[bytes]:
        """Starts provisioning and returns it, still running, once a condition holds there.

        The condition is a shell command for root, asked again and again on the machine itself.
        """
        loop = f"until {condition}; do sleep 0.02; done"
        watch = subprocess.Popen(self.root(f"timeout {DEADLINE:.0f} sh -c {shlex.quote(loop)}"))
        try:
            with log.open("wb") as output:
                started = subprocess.Popen(
                    self.playbook(),
                    cwd=ROOT,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            wait_until(lambda: watch.poll() is not None, started, log.read_text)
        finally:
            watch.kill()
        assert watch.wait() == 0, f"{condition} never held"
        return started

    def provision_and_kill(self, condition: str, log: pathlib.Path) -> None:
        """Kills provisioning here, as `kill -9` would, as soon as a condition holds there."""
        kill(self.provision_until(condition, log))

    def provision_and_lose(self, condition: str, log: pathlib.Path) -> None:
        """Stops the machine as soon as a condition holds there, then starts it again."""
        started = self.provision_until(condition, log)
        self.cut_power()
        kill(started)
        self.start()


def archives(indices: str) -> dict[str, str]:
    """Which archive apt asks for which suite."""
    return {suite: uri for uri, suite in re.findall(r"'(\S+)/dists/(\S+)/InRelease'", indices)}
