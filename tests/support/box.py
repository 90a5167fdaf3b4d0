"""The box of a new clone, as the tests of boxes and of virtual machines share it."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import pathlib
import subprocess
import tarfile
from collections.abc import Iterator

from host import libvirt, vm
from tests.support.checkout import Checkout, free_ports
from tests.support.ssh import SshMachine

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
    def booted(self, *devices: str) -> Iterator[SshMachine]:
        """A virtual machine with these devices."""
        (port,) = free_ports(1)
        place = self.folder / f"vm-{port}"
        place.mkdir()
        with vm.booted(place, port, devices) as machine:
            yield SshMachine("vm", machine.ssh_config)


def other_checkout(box: Box, place: pathlib.Path, **settings: str) -> Checkout:
    """A checkout in `place` whose machines are made from this box, with a Vagrant of its own."""
    made = Checkout(
        place / "coursebox",
        suite=SUITE,
        box=f"coursebox/{box.name}",
        box_url=box.catalogue.as_uri(),
        **settings,
    )
    # Without boxes of earlier runs: of one whose version is not said, Vagrant takes what it has.
    made.environ["VAGRANT_HOME"] = str(place / "vagrant")
    return made


def disk_of(checkout: Checkout, seat: str, size: str) -> str:
    """Make the disk that a machine of this checkout would have in libvirt's pool; return its name there."""
    digest = hashlib.sha256(str(checkout.root).encode()).hexdigest()[:8]
    name = f"{checkout.root.name}-{digest}-{seat}.img"
    libvirt.ensure(print)
    if "default" not in virsh("pool-list", "--all", "--name").split():
        # As vagrant-libvirt does where there is none.
        virsh("pool-define-as", "default", "dir", "--target", "/var/lib/libvirt/images")
    if "default" not in virsh("pool-list", "--name").split():
        virsh("pool-start", "default")
    virsh("vol-create-as", "default", name, size)
    return name


def virsh(*arguments: str) -> str:
    """What this host's libvirt answers to a command that must not fail."""
    command = ["virsh", "--connect=qemu:///system", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
