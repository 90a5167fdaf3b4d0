"""What all tests share: a failed test can look at how it went while it cleans up."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support import labfiles

# Tests read messages in the language of the source.
os.environ |= {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}
# A script that begins the tests in the background has them ignore ctrl-c, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

REPORTS = pytest.StashKey[dict[str, pytest.TestReport]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--lab 5.3.2` leaves the tests of that lab alone, as `make check-lab` does."""
    parser.addoption("--lab", help="the one lab to prove")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not about the lab that is asked for; fail where there is none, or where only a seat can prove it."""
    chosen = config.getoption("--lab")
    if chosen is None:
        return
    if chosen not in {lab.id for lab in labfiles.labs()}:
        raise pytest.UsageError(f"there is no lab {chosen!r} in labfiles/")
    kept = [item for item in items if labfiles.is_about(chosen, _parameters(item))]
    if not config.getoption("hosts", None) and labfiles.needs_a_seat(chosen):
        raise pytest.UsageError(
            f"lab {chosen} looks at the seat itself: --ssh-config=FILE --hosts=ssh://NAME"
        )
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _parameters(item: pytest.Item) -> list[object]:
    call = getattr(item, "callspec", None)
    return list(call.params.values()) if call else []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keeps each phase's report with its test, for `failed`."""
    report = yield
    item.stash.setdefault(REPORTS, {})[report.when] = report
    return report


def failed(item: pytest.Item) -> bool:
    """Whether the test's own part failed."""
    reports = item.stash.get(REPORTS, {})
    return any(report.failed for report in reports.values())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system without room for a machine or a box."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)
