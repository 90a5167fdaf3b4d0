"""The base box, which all tests here share."""

from __future__ import annotations

import pytest

from tests.boxes.box import SUITE, Box
from tests.checkout import Checkout


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    """What `make box` makes in a new clone."""
    place = tmp_path_factory.mktemp("box")
    made = Box(Checkout(place / "coursebox"), place)
    done = made.checkout.run("make", "box", suite=SUITE)
    assert done.returncode == 0, done.stdout + done.stderr
    made.unpack()
    return made
