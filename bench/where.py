"""One bare container seat: Ansible in the machine against Ansible on the host, each by `vagrant provision`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import measure
from tests.support.checkout import Checkout
from tests.support.recap import changed


class Way:
    """A machine of a checkout of its own, provisioned in one way."""

    def __init__(self, folder: Path, provisioner: str) -> None:
        self.checkout = Checkout(
            folder / provisioner, provisioner=provisioner, provider="docker", suite=measure.SUITE
        )

    def vagrant(self, *arguments: str) -> str:
        """Run Vagrant; return what it printed."""
        return self.checkout.out("vagrant", *arguments)

    def make_bare(self) -> None:
        """Let the machine be one that nobody has touched."""
        self.vagrant("destroy", "--force")
        self.vagrant("up", "--provider=docker", "--no-provision")

    def provision(self) -> None:
        """Provision."""
        self.vagrant("provision")


def run(runs: int) -> None:
    """Print its rows."""
    with tempfile.TemporaryDirectory() as folder:
        _compare(runs, Way(Path(folder), "ansible_local"), Way(Path(folder), "ansible"))


def _compare(runs: int, inside: Way, outside: Way) -> None:
    first: list[list[float]] = []
    for _ in range(runs):
        inside.make_bare()
        outside.make_bare()
        first.append([measure.timed(inside.provision), measure.timed(outside.provision)])
        measure.report(f"in the machine {first[-1][0]:.1f} s, on the host {first[-1][1]:.1f} s")
    again = measure.alternate(runs, inside.provision, outside.provision)
    for way in (inside, outside):
        assert changed(way.vagrant("provision")) == [0]
        way.vagrant("destroy", "--force")
    names = ("first `vagrant provision`, Ansible in the machine", "the same, changeless")
    for name, (ours, theirs) in zip(names, (zip(*first, strict=True), again), strict=True):
        measure.row(name, list(ours), "Ansible on the host", list(theirs), "")
