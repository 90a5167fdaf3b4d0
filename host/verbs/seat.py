"""`seat`: makes, asks and removes one container seat, for Vagrant and the tests."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict

from host import account, engine, install, seat, up
from host.lock import alone
from host.settings import load
from host.steps import Progress

HELP = "one container seat (Vagrant and the tests call this)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take the action and the seat's name."""
    parser.add_argument("action", choices=_ACTIONS)
    parser.add_argument("name")
    parser.add_argument("--suite", default="", help="another suite than the settings' one")


def run(settings: Mapping[str, str], options: argparse.Namespace) -> int:
    """Carry out the action; print what it tells as JSON."""
    engine.enter_group(account.AGAIN)
    told = _ACTIONS[options.action](settings, options)
    if told is not None:
        print(json.dumps(told))
    return 0


def _create(settings: Mapping[str, str], options: argparse.Namespace) -> dict[str, object]:
    environ = {"COURSEBOX_SUITE": options.suite} if options.suite else {}
    with alone("image"):
        wanted = load({**os.environ, **environ})
        return asdict(seat.create(options.name, wanted, Progress().reporter(options.name)))


def _up(settings: Mapping[str, str], options: argparse.Namespace) -> dict[str, object]:
    progress = Progress()
    with alone("packages"):
        install.ensure(install.missing(install.CONTAINER_TOOLS), progress)
    engine.join_group(account.AGAIN)
    return asdict(up.container_seat(options.name, settings, progress.reporter(options.name)))


def _state(settings: Mapping[str, str], options: argparse.Namespace) -> dict[str, object]:
    """Return what Vagrant asks of a seat: its state and, unless it is absent, how one reaches it."""
    state = seat.state(options.name)
    return {"state": state, **({} if state == "absent" else asdict(seat.load(options.name)))}


_ACTIONS: dict[str, Callable[[Mapping[str, str], argparse.Namespace], object]] = {
    "create": _create,
    "up": _up,
    "state": _state,
    "start": lambda _, options: asdict(seat.start(options.name)),
    "halt": lambda _, options: seat.halt(options.name),
    "kill": lambda _, options: seat.kill(options.name),
    "destroy": lambda _, options: seat.destroy(options.name),
    "show": lambda _, options: asdict(seat.load(options.name)),
}
