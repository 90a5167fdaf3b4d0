"""A machine that the end-to-end tests own, and may stop, break and provision again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.machine import Machine


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """A bare machine at first; one for all tests here, since each leaves it provisioned."""
    created = Machine.create("e2e", suite="trixie")
    yield created
    created.destroy()


@pytest.fixture(scope="session")
def bare() -> Iterator[Machine]:
    """A machine to which nothing is done until test_values.py."""
    created = Machine.create("e2e-bare", suite="bookworm")
    yield created
    created.destroy()
