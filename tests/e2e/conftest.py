"""A machine that the end-to-end tests own, and may stop, break and provision again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.checkout import Checkout
from tests.e2e.box import SUITE, Box
from tests.e2e.machine import Machine


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """A bare machine at first; one for all tests here, since each leaves it provisioned."""
    created = Machine.create("e2e", suite="trixie")
    yield created
    created.destroy()


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    """What `make box` makes in a new clone."""
    place = tmp_path_factory.mktemp("box")
    made = Box(Checkout(place / "coursebox"), place)
    done = made.checkout.run("make", "box", suite=SUITE)
    assert done.returncode == 0, done.stdout + done.stderr
    made.unpack()
    return made
