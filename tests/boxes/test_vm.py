"""A real virtual machine: `make up PROVIDER=libvirt` from the checkout's own box, its power cut on the way; reload, reboot."""

from __future__ import annotations

import pathlib
import subprocess
import time
from collections.abc import Iterator

import pytest

from host import wheels
from host.suites import SUITES
from tests.boxes.box import SUITE, Box, disk_of, virsh
from tests.boxes.vm import DEADLINE, Vm, beside


def domains() -> set[str]:
    """The virtual machines of this host's libvirt."""
    return set(virsh("list", "--all", "--name").split())


@pytest.fixture(scope="module")
def machine(box: Box) -> Iterator[Vm]:
    """One whose `make up` was killed while the box was on its way into libvirt's pool and the machine's disk just made, and
    once more while the machine was provisioned, whose power was cut then, too; then `make up` once more.
    """
    made = Vm(box.checkout)
    try:
        made.up_until("Uploading base box image")
        # As a kill one moment later would have left it.
        disk_of(made.checkout, "seat01", "64KiB")
        others = domains()
        made.up_until("：配置 packages")
        (domain,) = domains() - others
        virsh("destroy", domain)
        made.make("up", "PROVIDER=libvirt")
        yield made
    finally:
        made.make("down", "YES=1")
    assert domain not in domains()


def test_machine_is_a_real_one_and_passes_the_machine_tests(machine: Vm) -> None:
    """With a kernel of its own, provisioned as a container is."""
    kind = machine.ssh("seat01", "systemd-detect-virt")
    assert kind.stdout.strip() in ("qemu", "kvm")
    machine.passes_the_machine_tests("seat01")


def test_machine_is_the_same_after_a_reload(machine: Vm) -> None:
    """`vagrant reload` switches it off and on."""
    booted = machine.ssh("seat01", "cat /proc/sys/kernel/random/boot_id").stdout
    reloaded = machine.checkout.run("vagrant", "reload", "seat01", **machine.settings)
    assert reloaded.returncode == 0, reloaded.stdout + reloaded.stderr
    assert machine.ssh("seat01", "cat /proc/sys/kernel/random/boot_id").stdout != booted
    machine.passes_the_machine_tests("seat01")
    machine.expect_port()


def test_another_make_up_repairs_what_a_reboot_took_and_changes_nothing(machine: Vm) -> None:
    """A student reboots: the host's way to the course's ports ends with that, and comes back."""
    booted = machine.ssh("seat01", "cat /proc/sys/kernel/random/boot_id").stdout
    machine.ssh("seat01", "sudo systemctl reboot")
    deadline = time.monotonic() + DEADLINE
    while machine.ssh("seat01", "cat /proc/sys/kernel/random/boot_id").stdout in ("", booted):
        assert time.monotonic() < deadline, "it did not come back"
        time.sleep(0.5)
    machine.make("up")
    assert machine.changed("seat01") == {"0"}
    machine.expect_port()


def test_provisioning_itself_makes_the_same_of_it(machine: Vm) -> None:
    """With the Ansible that came as wheels in its box: there is nothing left to change."""
    machine.make("up", "PROVISIONER=ansible_local")
    assert "Running provisioner: ansible_local" in machine.log
    assert machine.changed("seat01") == {"0"}
    machine.passes_the_machine_tests("seat01")


def test_another_provider_is_refused_while_the_machine_stands(machine: Vm) -> None:
    """It would be a second machine under the same name."""
    refused = machine.checkout.run("make", "up", "PROVIDER=docker", **machine.settings)
    assert refused.returncode != 0
    assert "make down" in refused.stderr


@pytest.fixture(scope="module")
def golden(box: Box) -> Box:
    """`make box GOLDEN=1` beside the base box."""
    made = Box(box.checkout, box.folder / "golden", f"{SUITE}-golden")
    Vm(box.checkout).make("box", "GOLDEN=1")
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
    pair = beside(
        golden,
        tmp_path_factory.mktemp("pair"),
        seats="2",
        # On the machine's own loopback, where nobody listens.
        python_index="http://127.0.0.1:9/simple",
    )
    try:
        pair.make("up", "PROVIDER=libvirt", "PROVISIONER=ansible_local")
        assert not (pair.checkout.root / ".venv").exists()
        for seat in ("seat01", "seat02"):
            assert pair.changed(seat) - {"0"}
        assert "：配置 users" in pair.log
        assert "：配置 packages" not in pair.log
        assert "：配置 labs" not in pair.log
        identities = {
            pair.ssh(seat, "cat /etc/machine-id; hostname -I; cat /etc/ssh/ssh_host_ed25519_key.pub").stdout
            for seat in ("seat01", "seat02")
        }  # fmt: skip
        assert len(identities) == 2
        assert "tarena" in pair.make("ssh", "SEAT=seat02", "CMD=whoami")
        pair.passes_the_machine_tests("seat02")
    finally:
        pair.make("down", "YES=1")
