"""The base box, which all tests here share."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from host import libvirt
from tests.support.box import SUITE, Box, virsh
from tests.support.checkout import Checkout


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """What `make box` makes in a new clone, with a Vagrant of its own; the copies that libvirt made of it go in the end."""
    place = tmp_path_factory.mktemp("box")
    made = Box(Checkout(place / "coursebox", suite=SUITE), place)
    made.checkout.environ["VAGRANT_HOME"] = str(place / "vagrant")
    made.checkout.out("make", "box")
    made.unpack()
    yield made
    if not libvirt.answers():
        return
    for copy in copies(made) & set(virsh("vol-list", "default").split()):
        virsh("vol-delete", "--pool", "default", copy)


def copies(box: Box) -> set[str]:
    """The names under which vagrant-libvirt puts the boxes of a checkout into libvirt's pool."""
    catalogues = [json.loads(path.read_text()) for path in box.catalogue.parent.glob("*.json")]
    return {
        f"{name}_vagrant_box_image_{version['version']}_box.img"
        for catalogue in catalogues
        for name in [catalogue["name"].replace("/", "-VAGRANTSLASH-")]
        for version in catalogue["versions"]
    }
