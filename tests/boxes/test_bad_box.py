"""What can be wrong with a box and with the host that shall run it: one message, and nothing half-made is left."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.box import SUITE, Box, disk_of, virsh
from tests.support.checkout import Checkout

NAME = "coursebox/other"


@pytest.fixture
def checkout(tmp_path: pathlib.Path) -> Iterator[Checkout]:
    """A new clone, and a folder of Vagrant's own."""
    copy = Checkout(tmp_path / "coursebox", suite=SUITE)
    copy.environ["VAGRANT_HOME"] = str(tmp_path / "vagrant")
    yield copy
    assert not list((copy.root / ".vagrant").glob("machines/*/*/id"))


def refused(checkout: Checkout, *words: str, **settings: str) -> str:
    """Carry out a verb that must fail; return its one message, having seen that no box is left of it."""
    message = checkout.refused("make", *words, **settings)
    for place in ("vagrant/boxes", "vagrant/tmp"):
        assert not list((pathlib.Path(checkout.environ["VAGRANT_HOME"]).parent / place).glob("*"))
    assert not list((checkout.root / "build").glob("boxes/*"))
    return message


def test_a_box_with_another_checksum(box: Box, checkout: Checkout) -> None:
    """Which setting it is, before a machine is made from it."""
    said = refused(
        checkout, "up", "PROVIDER=libvirt", box=NAME, box_url=str(box.packed("libvirt")),
        box_checksum="0" * 64,
    )  # fmt: skip
    assert "box_checksum" in said


def test_a_box_that_was_cut_off(box: Box, checkout: Checkout, tmp_path: pathlib.Path) -> None:
    """Without a checksum it is found when it is unpacked."""
    part = tmp_path / "part.box"
    shutil.copy(box.packed("libvirt"), part)
    os.truncate(part, part.stat().st_size // 2)
    said = refused(checkout, "up", "PROVIDER=libvirt", box=NAME, box_url=str(part))
    assert "box 坏了" in said


def test_a_box_that_is_nowhere(checkout: Checkout) -> None:
    """The settings that say where it is."""
    said = refused(
        checkout, "up", "PROVIDER=libvirt", box=NAME, box_url="http://127.0.0.1:9/x.json"
    )
    assert "box_url" in said


def test_a_network_that_is_in_use(checkout: Checkout) -> None:
    """The container engine's own, which a host with the tests has; what holds it, and another to take."""
    shown = subprocess.run(
        ["ip", "-brief", "-4", "address", "show", "docker0"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    used = shown.split()[2].rsplit(".", 1)[0] + ".0/24"
    said = refused(checkout, "up", "PROVIDER=libvirt", network=used)
    assert "docker0" in said
    assert "COURSEBOX_NETWORK=" in said


def test_more_machines_than_the_memory_holds(checkout: Checkout) -> None:
    """How much is there, and which settings say how much is asked for."""
    said = refused(checkout, "up", "PROVIDER=libvirt", memory="900000")
    assert "900000 MiB" in said
    assert "SEATS" in said


def test_a_libvirt_that_does_not_start(checkout: Checkout, tmp_path: pathlib.Path) -> None:
    """What it says itself, and the way without it; the same where one runs that does not answer."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("virsh", "libvirtd"):
        program = programs / name
        program.write_text("#!/bin/sh\necho 'no such socket' >&2\nexit 1\n")
        program.chmod(0o755)
    checkout.environ["PATH"] = f"{programs}:{checkout.environ['PATH']}"
    said = refused(
        checkout, "up", "PROVIDER=libvirt", box=NAME, box_url="http://127.0.0.1:9/x.json"
    )
    assert "no such socket" in said
    assert "PROVIDER=docker" in said


def test_a_machine_of_a_checkout_that_stood_here_before(box: Box, checkout: Checkout) -> None:
    """Somebody deleted the folder and cloned anew: what the machine holds may be work, so it is named and left."""
    disk = disk_of(checkout, "seat01", "8MiB")
    try:
        said = refused(
            checkout, "up", "PROVIDER=libvirt", box=NAME, box_url=str(box.packed("libvirt"))
        )
        assert disk in said
        assert disk in virsh("vol-list", "default")
    finally:
        virsh("vol-delete", disk, "--pool", "default")


def test_a_disk_without_room_for_a_box(small_disk: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """What is left and what is needed, before anything is built."""
    copy = Checkout(small_disk / "coursebox", suite=SUITE)
    copy.environ["VAGRANT_HOME"] = str(tmp_path / "vagrant")
    said = refused(copy, "box")
    assert str(small_disk) in said
    assert "GB" in said
