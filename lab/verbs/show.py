"""`lab show`: a lab's guide."""

from __future__ import annotations

from lab import catalogue, output, state
from lab.errors import DONE, BrokenError


def show(wanted: str) -> int:
    """Print the guide of one lab; where there is no exercise, reading it is all there is to do."""
    lab = catalogue.lab(wanted)
    try:
        with open(lab.guide, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError) as error:
        raise BrokenError(f"{lab.guide}：读不了（{error}）。") from error
    output.guide(text, again=f"lab show {lab.id}")
    if lab.exercise:
        output.say()
        output.say(f"这个实验有练习，开始做：lab start {lab.id}")
    else:
        state.shown(lab.id)
    return DONE
