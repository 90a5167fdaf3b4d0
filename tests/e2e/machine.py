"""A container machine as the end-to-end tests drive it: created, provisioned, killed, tested."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from tests.labfiles import ROOT
from tests.machine import expected

BIN = pathlib.Path(sys.executable).parent
RECAP = re.compile(r"^\S+\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)
DEADLINE = 300.0


@dataclasses.dataclass
class Run:
    """How one provisioning went."""

    rc: int
    output: str

    @property
    def changed(self) -> int | None:
        """Tasks that changed something; None where the run did not come to its recap."""
        recaps = RECAP.findall(self.output)
        return sum(int(recap[1]) for recap in recaps) if recaps else None

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


class Machine:
    """One machine."""

    def __init__(self, name: str, ssh_config: str) -> None:
        self.name = name
        self.ssh_config = ssh_config

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

    def run(
        self, command: str, user: str | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command, as root where no user is named; sudo's log shows the command, but no standard input."""
        account = ["-o", f"User={user}"] if user else []
        wrapped = command if user else f"sudo sh -c {quoted(command)}"
        argv = ["ssh", "-F", self.ssh_config, *account, self.name, wrapped]
        return subprocess.run(
            argv, input=stdin, capture_output=True, text=True, timeout=DEADLINE, check=False
        )

    def out(self, command: str, user: str | None = None) -> str:
        """What a command prints that must not fail."""
        result = self.run(command, user)
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result.stdout.strip()

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
        watch = self._watch(condition)
        with log.open("wb") as output:
            started = subprocess.Popen(
                self.playbook(),
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while watch.poll() is None:
            if started.poll() is not None:
                watch.kill()
                raise AssertionError(
                    f"provisioning ended before this held: {condition}\n{log.read_text()}"
                )
            time.sleep(0.02)
        assert watch.returncode == 0, f"{condition} never held"
        return started

    def _watch(self, condition: str) -> subprocess.Popen[bytes]:
        loop = f"until {condition}; do sleep 0.02; done"
        watcher = f"sudo timeout {DEADLINE:.0f} sh -c {quoted(loop)}"
        return subprocess.Popen(["ssh", "-F", self.ssh_config, self.name, watcher])

    def provision_and_kill(self, condition: str, log: pathlib.Path) -> None:
        """Kills provisioning here, as `kill -9` would, as soon as a condition holds there."""
        started = self.provision_until(condition, log)
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()

    def provision_and_lose(self, condition: str, log: pathlib.Path) -> None:
        """Stops the machine as soon as a condition holds there, then starts it again."""
        started = self.provision_until(condition, log)
        self.cut_power()
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        self.start()

    def test(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Runs machine tests against it."""
        command = [sys.executable, "-m", "pytest", "tests/machine", "-q", *args]
        target = [f"--ssh-config={self.ssh_config}", f"--hosts=ssh://{self.name}"]
        return subprocess.run([*command, *target], cwd=ROOT, capture_output=True, text=True)

    def student(self, command: str) -> str:
        """What a command of the course user prints."""
        return self.out(command, user=expected.USER)


def quoted(command: str) -> str:
    """One word for a shell."""
    return "'" + command.replace("'", "'\\''") + "'"
