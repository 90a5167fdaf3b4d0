"""Every exercise, done as a student does it with the network cut: starters fail, solutions of any shape pass, mistakes are told."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.machine import expected
from tests.support import labfiles
from tests.support.labfiles import Exercise, Variant
from tests.support.seat import Seat

ALL = labfiles.exercises()
VARIANTS = [(exercise, variant) for exercise in ALL for variant in exercise.variants]
ACCEPTED = [(exercise, variant) for exercise in ALL for variant in exercise.accepted]
# Exercises wait more than they work; each has a network of its own, so ports do not collide.
TOGETHER = 4


def job(exercise: Exercise, variant: Variant | None, start: bool, times: int) -> dict[str, Any]:
    """What the seat has to know: the files that are put over the starter, and how often to check."""
    files = {} if start else exercise.solved()
    if variant:
        files = variant.apply(files)
    return {
        "lab": exercise.lab,
        "files": files,
        "password": expected.PASSWORD,
        "seconds": exercise.seconds,
        "times": times,
    }


@pytest.fixture(scope="module")
def outcomes(seat: Seat, request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """How the exercises of the selected tests went, by test; all done before the first is asked for.

    They are done side by side, but for those that change or look at the seat itself.
    """
    times = request.config.getoption("--repeat")
    wanted: dict[str, dict[str, Any]] = {}
    alone: list[str] = []
    for item in request.session.items:
        call = getattr(item, "callspec", None)
        if item.module is not request.module or call is None:  # type: ignore[attr-defined]
            continue
        exercise, variant = call.params["exercise"], call.params.get("variant")
        start = item.originalname == "test_starter_fails"  # type: ignore[attr-defined]
        name = key(exercise, variant, start)
        wanted.setdefault(name, job(exercise, variant, start, times))
        if item.originalname == "test_spoilt_work_is_judged":  # type: ignore[attr-defined]
            wanted[name]["spoil"] = True
        if exercise.seat:
            alone.append(name)

    def carry_out(name: str) -> dict[str, Any]:
        report: dict[str, Any] = seat.python_json(
            "do_exercise.py", json.dumps(wanted[name]), offline=True
        )
        return report

    together = [name for name in wanted if name not in alone]
    with ThreadPoolExecutor(TOGETHER) as pool:
        done = dict(zip(together, pool.map(carry_out, together), strict=True))
    return done | {name: carry_out(name) for name in alone}


def key(exercise: Exercise, variant: Variant | None = None, start: bool = False) -> str:
    """The name under which an outcome is kept."""
    return f"{exercise.lab} {variant.name if variant else 'starter' if start else 'solution'}"


def told(check: dict[str, Any]) -> str:
    """What a failed check says, for a pattern to be found in."""
    lab = check["lab"] or {}
    parts = [lab.get(part, "") for part in ("command", "actual", "expected", "hint")]
    return "\n".join([*(step["title"] for step in lab.get("steps", ())), *parts, check["stderr"]])


def expect_nothing_left(outcome: dict[str, Any]) -> None:
    """A check leaves the work as it was, and nothing else."""
    assert not any(check["changed"] for check in outcome["checks"])
    assert outcome["processes"] == []
    assert outcome["ports"] == []
    assert outcome["files"] == []
    assert outcome["reset"][0] == 0, outcome["reset"]


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.lab)
def test_starter_fails(exercise: Exercise, outcomes: dict[str, dict[str, Any]]) -> None:
    """With a message in Chinese, and never as the checker's own fault."""
    outcome = outcomes[key(exercise, start=True)]
    assert outcome["start"][0] == 0, outcome["start"]
    for check in outcome["checks"]:
        assert check["rc"] == 1, check
        assert all(re.search(r"[\u4e00-\u9fff]", check["lab"][part]) for part in ("actual", "hint"))
    expect_nothing_left(outcome)


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.lab)
def test_solution_passes(exercise: Exercise, outcomes: dict[str, dict[str, Any]]) -> None:
    """Each time, with every step told."""
    outcome = outcomes[key(exercise)]
    for check in outcome["checks"]:
        assert check["rc"] == 0, f"{outcome.get('steps', '')}\n{told(check)}"
        assert check["lab"]["steps"]
    expect_nothing_left(outcome)


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.lab)
def test_spoilt_work_is_judged(exercise: Exercise, outcomes: dict[str, dict[str, Any]]) -> None:
    """Each file of the solved work in turn is a folder, then no text: passed or not, but never the check's own fault."""
    outcome = outcomes[key(exercise)]
    broken = {name: told(one) for name, one in outcome["spoilt"].items() if one["rc"] not in (0, 1)}
    assert broken == {}
    assert not any(one["changed"] for one in outcome["spoilt"].values())
    expect_nothing_left(outcome)


@pytest.mark.parametrize(
    ("exercise", "variant"),
    VARIANTS,
    ids=[f"{exercise.lab}-{variant.name}" for exercise, variant in VARIANTS],
)
def test_mistake_is_told(
    exercise: Exercise, variant: Variant, outcomes: dict[str, dict[str, Any]]
) -> None:
    """By the message that it deserves."""
    outcome = outcomes[key(exercise, variant)]
    for check in outcome["checks"]:
        assert check["rc"] == 1, f"{outcome.get('steps', '')}\n{told(check)}"
        assert re.search(variant.message, told(check), re.M), told(check)
    expect_nothing_left(outcome)


@pytest.mark.parametrize(
    ("exercise", "variant"),
    ACCEPTED,
    ids=[f"{exercise.lab}-{variant.name}" for exercise, variant in ACCEPTED],
)
def test_other_shape_passes(
    exercise: Exercise, variant: Variant, outcomes: dict[str, dict[str, Any]]
) -> None:
    """What does the same in another way is right, too."""
    outcome = outcomes[key(exercise, variant)]
    for check in outcome["checks"]:
        assert check["rc"] == 0, f"{outcome.get('steps', '')}\n{told(check)}"
    expect_nothing_left(outcome)
