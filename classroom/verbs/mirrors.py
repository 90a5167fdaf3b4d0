"""`mirrors`: asks from every seat which of the addresses that it installs from answer, and from here for the box."""

from __future__ import annotations

import argparse
import statistics
import time
import urllib.request
from collections import defaultdict
from collections.abc import Mapping, Sequence

from classroom import answers, limit, seats
from classroom.answers import Address
from classroom.course_class import CourseClass
from classroom.i18n import translated as _
from classroom.text import plain
from host import settings

HELP = _("从每个座位问一遍：哪些镜像和缓存有回答")
_NAMES = {"apt": _("软件包"), "security": _("安全更新"), "pip": "pip"}


def options(parser: argparse.ArgumentParser) -> None:
    """Take the seats."""
    seats.options(parser)


def run(course_class: CourseClass, options: argparse.Namespace) -> int:
    """Print a line for each address, then which seats could not be asked; return 1 when anything is missing."""
    students = limit.resolve(course_class.roster, options.limit)
    outcomes = seats.playbook(course_class, "mirrors", students, _("问软件源"))
    outcomes, answered = seats.read(outcomes, "mirrors", answers.mirrors)
    missing = False
    for line, whole in [*lines(answered), *box()]:
        print(line)
        missing |= not whole
    return max(seats.tell(outcomes), int(missing))


def box() -> list[tuple[str, bool]]:
    """Return a line for the address that virtual machines take their box from, where the settings name one."""
    address = settings.load()["box_url"]
    if not address.startswith(("http://", "https://")):
        return []
    begun = time.monotonic()
    try:
        request = urllib.request.Request(address, method="HEAD")
        urllib.request.urlopen(request, timeout=10).close()
    except (OSError, ValueError) as error:
        return [(_("box  {address}  本机：{error}", address=address, error=plain(error)), False)]
    return [
        (
            _(
                "box  {address}  本机，{milliseconds:.0f} 毫秒",
                address=address,
                milliseconds=(time.monotonic() - begun) * 1000,
            ),
            True,
        )
    ]


def lines(answered: Mapping[str, Sequence[Address]]) -> list[tuple[str, bool]]:
    """Return a line for each address and whether it answered every seat that was asked."""
    seconds: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    reasons: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for seat, addresses in answered.items():
        for entry in addresses:
            key = (entry.what, entry.address)
            if entry.reason:
                reasons[key][seat] = entry.reason
            else:
                seconds[key][seat] = entry.seconds
    summary = []
    for key in sorted(seconds.keys() | reasons.keys()):
        what, address = key
        good, bad = seconds[key], reasons[key]
        words = _(
            "{what}  {address}  {answered}/{asked} 个座位",
            what=_NAMES[what],
            address=address,
            answered=len(good),
            asked=len(good) + len(bad),
        )
        if good:
            words += _(
                "，{milliseconds:.0f} 毫秒", milliseconds=statistics.median(good.values()) * 1000
            )
        for seat, reason in sorted(bad.items()):
            words += "\n  " + _("  {seat}：{reason}", seat=seat, reason=reason)
        summary.append((words, not bad))
    return summary
