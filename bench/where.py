"""One bare container seat: Ansible in the machine against Ansible on the host, each by `vagrant provision`."""

from __future__ import annotations

import re

from bench import measure
from host.paths import BUILD
from tests.checkout import free_ports


class Way:
    """A machine of Vagrant's own, provisioned in one way."""

    def __init__(self, provisioner: str) -> None:
        ssh, echo, http = free_ports(3)
        self.environ = {
            "COURSEBOX_PROVISIONER": provisioner,
            "COURSEBOX_PROVIDER": "docker",
            "COURSEBOX_SUITE": measure.SUITE,
            "COURSEBOX_PORT_SSH": str(ssh),
            "COURSEBOX_PORT_ECHO": str(echo),
            "COURSEBOX_PORT_HTTP": str(http),
            # Beside the checkout's own machines.
            "VAGRANT_DOTFILE_PATH": str(BUILD / "bench" / provisioner),
        }

    def vagrant(self, *arguments: str) -> str:
        """Run Vagrant; return what it printed."""
        return measure.output(["vagrant", *arguments], **self.environ)

    def make_bare(self) -> None:
        """Let the machine be one that nobody has touched."""
        self.vagrant("destroy", "--force")
        self.vagrant("up", "--provider=docker", "--no-provision")

    def provision(self) -> None:
        """Provision."""
        self.vagrant("provision")


def run(runs: int) -> None:
    """Print its rows."""
    inside, outside = Way("ansible_local"), Way("ansible")
    first: list[list[float]] = []
    for _ in range(runs):
        inside.make_bare()
        outside.make_bare()
        first.append([measure.timed(inside.provision), measure.timed(outside.provision)])
        measure.report(f"in the machine {first[-1][0]:.1f} s, on the host {first[-1][1]:.1f} s")
    again = measure.alternate(runs, inside.provision, outside.provision)
    for way in (inside, outside):
        assert re.findall(r"changed=(\d+)", way.vagrant("provision")) == ["0"]
        way.vagrant("destroy", "--force")
    names = ("first `vagrant provision`, Ansible in the machine", "the same, changeless")
    for name, (ours, theirs) in zip(names, (zip(*first, strict=True), again), strict=True):
        measure.row(name, list(ours), "Ansible on the host", list(theirs), "")
