"""A real virtual machine: `make up PROVIDER=libvirt` from the checkout's own box, its power cut on the way; reload, reboot."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from host import wheels
from host.suites import SUITES
from tests.support.box import SUITE, Box, disk_of, other_checkout, virsh
from tests.support.checkout import Checkout
from tests.support.processes import kill_when, wait_until
from tests.support.recap import changed


def domains() -> set[str]:
    """The virtual machines of this host's libvirt."""
    return set(virsh("list", "--all", "--name").split())


def up_until(checkout: Checkout, said: str) -> None:
    """Start `make up` and kill it once Vagrant says this."""
    running = checkout.start("make", "up", "PROVIDER=libvirt")
    kill_when(lambda: said in checkout.log("vagrant"), running, lambda: checkout.log("vagrant"))


def boot_id(checkout: Checkout) -> str:
    """What each boot of the machine has of its own; nothing while it answers no login."""
    return checkout.seat().run("cat /proc/sys/kernel/random/boot_id").stdout


def expect_no_change(checkout: Checkout) -> None:
    """Provisioning changed nothing, once or twice: vagrant-libvirt 0.11 provisions a machine that runs already twice."""
    assert set(changed(checkout.log("vagrant"), "seat01")) == {0}


@pytest.fixture(scope="module")
def machine(box: Box) -> Iterator[Checkout]:
    """One whose `make up` was killed while the box was on its way into libvirt's pool and the machine's disk just made, and
    once more while the machine was provisioned, whose power was cut then, too; then `make up` once more.
    """
    made = box.checkout
    try:
        up_until(made, "Uploading base box image")
        # As a kill one moment later would have left it.
        disk_of(made, "seat01", "64KiB")
        others = domains()
        up_until(made, "：配置 packages")
        (domain,) = domains() - others
        virsh("destroy", domain)
        made.out("make", "up", "PROVIDER=libvirt")
        yield made
    finally:
        made.out("make", "down", "YES=1")
    assert domain not in domains()


def test_machine_is_a_real_one_and_passes_the_machine_tests(machine: Checkout) -> None:
    """With a kernel of its own, provisioned as a container is."""
    assert machine.seat().out("systemd-detect-virt") in ("qemu", "kvm")
    machine.seat().passes_the_machine_tests()


def test_machine_is_the_same_after_a_reload(machine: Checkout) -> None:
    """`vagrant reload` switches it off and on."""
    booted = boot_id(machine)
    machine.out("vagrant", "reload", "seat01")
    assert boot_id(machine) not in ("", booted)
    machine.seat().passes_the_machine_tests()
    assert "labs/" in machine.serves()


def test_another_make_up_repairs_what_a_reboot_took_and_changes_nothing(machine: Checkout) -> None:
    """A student reboots: the host's way to the course's ports ends with that, and comes back."""
    booted = boot_id(machine)
    machine.seat().run("systemctl reboot")
    wait_until(lambda: boot_id(machine) not in ("", booted), pause=0.5)
    machine.out("make", "up")
    expect_no_change(machine)
    assert "labs/" in machine.serves()


def test_provisioning_itself_makes_the_same_of_it(machine: Checkout) -> None:
    """With the Ansible that came as wheels in its box: there is nothing left to change."""
    machine.out("make", "up", "PROVISIONER=ansible_local")
    assert "Running provisioner: ansible_local" in machine.log("vagrant")
    expect_no_change(machine)
    machine.seat().passes_the_machine_tests()


def test_another_provider_is_refused_while_the_machine_stands(machine: Checkout) -> None:
    """It would be a second machine under the same name."""
    assert "make down" in machine.refused("make", "up", "PROVIDER=docker")


@pytest.fixture(scope="module")
def golden(box: Box) -> Box:
    """`make box GOLDEN=1` beside the base box."""
    made = Box(box.checkout, box.folder / "golden", f"{SUITE}-golden")
    box.checkout.out("make", "box", "GOLDEN=1")
    return made


def test_golden_box_is_small_and_clean(golden: Box) -> None:
    """Under a gibibyte; no key but Vagrant's own, no log, no machine-id, no host key, nothing of a student's."""
    assert golden.packed("libvirt").stat().st_size < 2**30
    golden.folder.mkdir()
    golden.unpack()
    disk = golden.folder / "disk"
    subprocess.run(
        ["qemu-img", "convert", "-O", "raw", golden.folder / "libvirt/box.img", disk], check=True
    )
    root = pathlib.Path(golden.folder / "root")
    root.mkdir()
    subprocess.run(["mount", "-o", f"ro,noload,offset={69632 * 512}", disk, root], check=True)
    try:
        assert (root / "opt/coursebox/current/lab").is_dir()
        # With these a machine can provision itself where no index can be reached.
        brought = root / wheels.ON_SEAT.lstrip("/") / wheels.MADE_FOR
        assert brought.read_text().strip() == wheels.purpose(SUITES[SUITE].python)
        assert (root / "etc/machine-id").read_text() == ""
        assert not list((root / "etc/ssh").glob("ssh_host_*"))
        keys = [path for home in root.glob("home/*") for path in home.glob(".ssh/*")]
        public = (golden.checkout.root / "host/box/vagrant.pub").read_text()
        assert [path.read_text() for path in keys] == [public]
        assert not list(root.glob("root/.ssh/*"))
        logs = [path for path in root.glob("var/log/**/*") if not path.is_symlink()]
        assert [path for path in logs if path.is_file() and path.stat().st_size] == []
        shadow = (root / "etc/shadow").read_text().splitlines()
        assert any(line.startswith("tarena:!:") for line in shadow)
        assert not list(root.glob("home/tarena/.local/state/coursebox/progress.json"))
    finally:
        subprocess.run(["umount", root], check=True)
        disk.unlink()


def test_two_machines_from_the_golden_box(
    golden: Box, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In another checkout, beside the first one's: names, addresses and ports of their own; only what differs is done, and
    without an Ansible on the host or an index of packages.
    """
    pair = other_checkout(
        golden,
        tmp_path_factory.mktemp("pair"),
        seats="2",
        # On the machine's own loopback, where nobody listens.
        python_index="http://127.0.0.1:9/simple",
    )
    try:
        pair.out("make", "up", "PROVIDER=libvirt", "PROVISIONER=ansible_local")
        assert not (pair.root / ".venv").exists()
        for seat in ("seat01", "seat02"):
            assert any(changed(pair.log("vagrant"), seat))
        assert "：配置 users" in pair.log("vagrant")
        assert "：配置 packages" not in pair.log("vagrant")
        assert "：配置 labs" not in pair.log("vagrant")
        identities = {
            pair.seat(seat).out("cat /etc/machine-id; hostname -I; cat /etc/ssh/ssh_host_ed25519_key.pub")
            for seat in ("seat01", "seat02")
        }  # fmt: skip
        assert len(identities) == 2
        assert "tarena" in pair.out("make", "ssh", "SEAT=seat02", "CMD=whoami")
        pair.seat("seat02").passes_the_machine_tests()
    finally:
        pair.out("make", "down", "YES=1")
