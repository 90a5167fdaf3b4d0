"""`mirrors`: asks from every seat which of the addresses that it installs from answer."""

from __future__ import annotations

import argparse
import json
import statistics
from collections import defaultdict

from classroom import seats
from classroom.course_class import CourseClass
from classroom.seats import Outcome

HELP = "ask from every seat which mirrors and caches answer"
_NAMES = {"apt": "软件包", "security": "安全更新", "pip": "pip"}


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats."""
    seats.options(parser)


def run(found: CourseClass, options: argparse.Namespace) -> int:
    """Print a line for each address, then which seats could not be asked; return 1 when anything is missing."""
    outcomes = seats.playbook(found, "mirrors", options.limit)
    missing = False
    for line, whole in lines(outcomes):
        print(line)
        missing |= not whole
    return max(seats.tell(outcomes), int(missing))


def lines(outcomes: dict[str, Outcome]) -> list[tuple[str, bool]]:
    """Return a line for each address and whether it answered every seat that was asked."""
    answers: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    reasons: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for seat, outcome in outcomes.items():
        for entry in json.loads(outcome.data.get("mirrors") or "[]"):
            key = (entry["what"], entry["address"])
            if entry["reason"]:
                reasons[key][seat] = entry["reason"]
            else:
                answers[key][seat] = entry["seconds"]
    found = []
    for key in sorted(answers.keys() | reasons.keys()):
        what, address = key
        good, bad = answers[key], reasons[key]
        words = f"{_NAMES[what]}  {address}  {len(good)}/{len(good) + len(bad)} 个座位"
        if good:
            words += f"，{statistics.median(good.values()) * 1000:.0f} 毫秒"
        for seat, reason in sorted(bad.items()):
            words += f"\n    {seat}：{reason}"
        found.append((words, not bad))
    return found
