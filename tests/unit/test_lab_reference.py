"""The command's reference page is what the parser says today."""

from __future__ import annotations

from host.paths import ROOT
from lab import reference


def test_page_is_the_parsers_own() -> None:
    """`python3 -m lab.reference > docs/reference/lab-command.md` brings it up to date."""
    page = ROOT / "docs/reference/lab-command.md"
    assert page.read_text("utf-8") == reference.text()
