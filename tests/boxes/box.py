"""The box of a new clone, as the tests of boxes and of virtual machines share it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import subprocess
import tarfile
from collections.abc import Iterator

from host import vm
from tests.checkout import Checkout, free_ports

SUITE = "bookworm"


@dataclasses.dataclass
class Box:
    """The boxes of a checkout and their catalogue, unpacked."""

    checkout: Checkout
    folder: pathlib.Path
    name: str = SUITE

    @property
    def catalogue(self) -> pathlib.Path:
        """What `vagrant box add` takes."""
        return self.checkout.root / f"build/boxes/{self.name}.json"

    def packed(self, provider: str) -> pathlib.Path:
        """Where the catalogue says that a provider's box is."""
        listed = json.loads(self.catalogue.read_text("utf-8"))
        (version,) = listed["versions"]
        (url,) = [each["url"] for each in version["providers"] if each["name"] == provider]
        return pathlib.Path(url.removeprefix("file://"))

    def unpack(self) -> None:
        """Lay the boxes' contents into a folder for each provider."""
        for provider in ("libvirt", "virtualbox"):
            with tarfile.open(self.packed(provider)) as archive:
                # Python before 3.11.4 has none, and takes no such argument.
                archive.extraction_filter = getattr(tarfile, "data_filter", None)
                archive.extractall(self.folder / provider)

    @contextlib.contextmanager
    def booted(self, *devices: str) -> Iterator[vm.Machine]:
        """A virtual machine with these devices."""
        (port,) = free_ports(1)
        place = self.folder / f"vm-{port}"
        place.mkdir()
        with vm.booted(place, port, devices) as machine:
            yield machine


def out(machine: vm.Machine, command: str) -> str:
    """What a command prints that must not fail."""
    done = subprocess.run(machine.ssh(command), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def virsh(*arguments: str) -> str:
    """What this host's libvirt answers to a command that must not fail."""
    command = ["virsh", "--connect=qemu:///system", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
