"""`lab show`: a lab's guide."""

from __future__ import annotations

from lab import catalogue, output
from lab.errors import DONE, BrokenError


def show(wanted: str) -> int:
    """Print the guide of one lab."""
    lab = catalogue.lab(wanted)
    try:
        with open(lab.guide, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError) as error:
        raise BrokenError(f"{lab.guide}：读不了（{error}）。") from error
    output.guide(text, again=f"lab show {lab.id}")
    return DONE
