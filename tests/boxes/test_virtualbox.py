"""VirtualBox itself, from Debian's unstable suite: it takes the box, and Vagrant goes as far as a host without its kernel
module can.
"""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.box import Box, other_checkout
from tests.support.checkout import Checkout
from tests.support.processes import wait_until

MODULE = pathlib.Path("/dev/vboxdrv")
# Stands for the kernel modules, which the package wants to have built.
NO_MODULES = """\
Package: no-virtualbox-modules
Version: 1
Architecture: all
Maintainer: nobody <nobody@example.org>
Provides: virtualbox-modules
Description: stands for VirtualBox's kernel modules where no machine is run
"""
# On a busy host each command may give up waiting for the server that it starts; this one stays.
SERVER_SECONDS = 120.0
# Vagrant 2.3.4 knows no newer version than 7.0, and what it asks of that one, newer ones do as well.
PROGRAM = """\
#!/bin/sh
if [ "$1" = --version ]; then echo 7.0.20r163906; exit; fi
exec unshare --mount sh -c '
  for place in /dev /proc {place}; do
    mount --rbind "$place" "{root}$place"
  done
  exec chroot {root} env HOME=/root /usr/lib/virtualbox/{name} "$@"
' {name} "$@"
"""


class VirtualBox:
    """VirtualBox in a root directory of its own, which sees `place` where it is."""

    def __init__(self, place: pathlib.Path) -> None:
        self.place = place
        self.root = place.with_name(f"{place.name}-root")
        stub = place / "modules/DEBIAN/control"
        stub.parent.mkdir(parents=True)
        stub.write_text(NO_MODULES)
        package = place / "modules.deb"
        subprocess.run(["dpkg-deb", "--build", stub.parent.parent, package], check=True)
        install = "apt-get install --yes --no-install-recommends /tmp/modules.deb virtualbox"
        made = subprocess.run(
            ["mmdebstrap", "--variant=apt", "--components=main,contrib",
             # The suite is no release whose age would matter here.
             '--aptopt=Acquire::Check-Valid-Until "false"',
             f"--customize-hook=copy-in {package} /tmp",
             f'--customize-hook=chroot "$1" {install}', "sid", self.root],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if "unmet dependencies" in made.stdout + made.stderr:
            pytest.skip(f"unstable has no VirtualBox to install today: {made.stdout[-2000:]}")
        assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-4000:]
        # Where its programs bind `place`.
        pathlib.Path(f"{self.root}{place}").mkdir(parents=True)
        (place / "bin").mkdir()
        self.command = self.program("VBoxManage")
        self.server = subprocess.Popen([self.program("VBoxSVC")])
        lists = [str(self.command), "list", "vms"]
        wait_until(
            lambda: subprocess.run(lists, check=False).returncode == 0,
            self.server,
            seconds=SERVER_SECONDS,
        )

    def program(self, name: str) -> pathlib.Path:
        """Lay a command that runs one of its programs; return where."""
        command = self.place / "bin" / name
        command.write_text(PROGRAM.format(name=name, place=self.place, root=self.root))
        command.chmod(0o755)
        return command

    def close(self) -> None:
        """End its server and remove what was installed."""
        self.server.terminate()
        self.server.wait()
        shutil.rmtree(self.root)

    def manage(self, *arguments: str | pathlib.Path) -> str:
        """What VBoxManage answers to a command that must not fail."""
        done = subprocess.run(
            [self.command, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def machine(self, name: str) -> dict[str, str]:
        """What it knows of a machine."""
        told = self.manage("showvminfo", name, "--machinereadable")
        return dict(re.findall(r'^"?(.+?)"?="?(.*?)"?$', told, re.M))


@pytest.fixture(scope="module")
def virtualbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualBox]:
    """Installed, with no machine yet."""
    made = VirtualBox(tmp_path_factory.mktemp("virtualbox"))
    yield made
    made.close()


def expect_declared(machine: dict[str, str]) -> None:
    """The hardware that the box declares."""
    assert machine["firmware"] == "BIOS"
    assert machine["memory"] == "1024"
    assert machine["cpus"] == "2"
    assert machine["nic1"] == "nat"
    assert machine["nictype1"] == "82540EM"
    assert machine["storagecontrollertype0"] == "IntelAhci"
    assert machine["SATA-0-0"].endswith(".vmdk")


def test_it_imports_the_box(box: Box, virtualbox: VirtualBox) -> None:
    """As it is declared, and with the same disk as libvirt's machines have."""
    appliance = virtualbox.place / "appliance"
    shutil.copytree(box.folder / "virtualbox", appliance)
    virtualbox.manage("import", appliance / "box.ovf", "--vsys", "0", "--vmname", "imported")
    machine = virtualbox.machine("imported")
    expect_declared(machine)
    disk = f"{virtualbox.root}{machine['SATA-0-0']}"
    compared = subprocess.run(
        ["qemu-img", "compare", disk, box.folder / "libvirt/box.img"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert compared.returncode == 0, compared.stdout + compared.stderr
    virtualbox.manage("unregistervm", "imported", "--delete")


@pytest.fixture
def clone(box: Box, virtualbox: VirtualBox) -> Iterator[Checkout]:
    """Another checkout on a host with this VirtualBox."""
    made = other_checkout(box, virtualbox.place)
    made.environ["PATH"] = f"{virtualbox.command.parent}:{made.environ['PATH']}"
    yield made
    made.out("vagrant", "destroy", "--force")


@pytest.mark.skipif(MODULE.exists(), reason="this host has VirtualBox's kernel module")
def test_it_is_not_chosen_without_its_kernel_module(clone: Checkout) -> None:
    """VBoxManage answers all the same; only to start a machine fails, and that late."""
    assert str(MODULE) in clone.refused("make", "up", "PROVIDER=virtualbox")
    assert not list(clone.root.glob(".vagrant/machines/*/*/id"))


def test_vagrant_makes_the_machine_as_far_as_its_start(
    clone: Checkout, virtualbox: VirtualBox
) -> None:
    """A student's `vagrant up`: a linked clone of the box, the course's ports on the host's loopback."""
    up = clone.run("vagrant", "up", "--provider=virtualbox")
    if not MODULE.exists():
        assert 'Command: ["startvm",' in up.stderr, up.stdout + up.stderr
    (made,) = clone.root.glob(".vagrant/machines/seat01/virtualbox/id")
    machine = virtualbox.machine(made.read_text())
    expect_declared(machine)
    assert "/Snapshots/" in machine["SATA-0-0"]
    assert machine["macaddress1"] == "080027C0B0C5"
    forwarded = {value for key, value in machine.items() if key.startswith("Forwarding")}
    assert forwarded == {
        f"ssh,tcp,127.0.0.1,{clone.settings['port_ssh']},,22",
        f"8888,tcp,127.0.0.1,{clone.settings['port_8888']},,8888",
        f"8000,tcp,127.0.0.1,{clone.settings['port_8000']},,8000",
    }
