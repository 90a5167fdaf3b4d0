"""What all tests share: a failed test can look at how it went while it cleans up."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator

import pytest

# Tests read messages in the language of the source.
os.environ |= {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}
# A script that begins the tests in the background has them ignore ctrl-c, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

REPORTS = pytest.StashKey[dict[str, pytest.TestReport]]()


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
