"""The steps of a verb: order, overlap, and what happens when one fails."""

from __future__ import annotations

import threading

import pytest

from host import steps
from host.errors import HostError
from host.steps import Progress, Step

DEADLINE = 5.0


def test_a_step_waits_for_those_it_comes_after() -> None:
    """Order holds where it is asked for."""
    order: list[str] = []

    def note(name: str) -> steps.Step:
        def work(report: steps.Reporter) -> str:
            order.append(name)
            return "done"

        return Step(name, work, {"c": ["a", "b"]}.get(name, []))

    steps.run([note("c"), note("a"), note("b")], Progress())
    assert order[-1] == "c"
    assert sorted(order) == ["a", "b", "c"]


def test_independent_steps_overlap() -> None:
    """Both are at work at the same time: each waits for the other."""
    barrier = threading.Barrier(2, timeout=DEADLINE)

    def meet(report: steps.Reporter) -> str:
        barrier.wait()
        return "met"

    steps.run([Step("a", meet), Step("b", meet)], Progress())


def test_a_failure_stops_what_comes_after(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is begun after a failure, and its error reaches the caller."""
    begun: list[str] = []

    def fail(report: steps.Reporter) -> str:
        raise HostError("no")

    def begin(report: steps.Reporter) -> str:
        begun.append("b")
        return "done"

    with pytest.raises(HostError, match="no"):
        steps.run([Step("a", fail), Step("b", begin, ["a"])], Progress())
    assert begun == []
    assert "a：失败" in capsys.readouterr().err


def test_steps_that_wait_for_each_other_are_named() -> None:
    """A mistake in the plan is said, not waited for."""
    plan = [Step("a", lambda report: "done", ["b"]), Step("b", lambda report: "done", ["a"])]
    with pytest.raises(HostError, match="a、b"):
        steps.run(plan, Progress())
