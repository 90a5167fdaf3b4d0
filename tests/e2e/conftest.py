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
