"""The verbs behind make: `python3 -m host VERB`."""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

from host import (
    box,
    consent,
    engine,
    environment,
    golden,
    image,
    install,
    keys,
    machines,
    place,
    release,
    seat,
    serve,
    settings,
)
from host.errors import HostError
from host.lock import alone
from host.steps import Progress

# Verbs that speak to the container engine, if it is there.
_OF_THE_ENGINE = frozenset(("up", "down", "image", "tools", "seat"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one verb; return 0, 1 when it failed for a reason the user can mend, or 2 for wrong use."""
    options = _parser().parse_args(arguments)
    try:
        return _carry_out(options)
    except HostError as error:
        print(f"coursebox：{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"coursebox：{place.explain(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("coursebox：已中断；再运行一次就会接着做。", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m host", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="bring this checkout's machines up and provision them")
    down = verbs.add_parser("down", help="destroy this checkout's machines")
    consent.option(down)
    down.add_argument("--seat", help="this one alone")
    ssh = verbs.add_parser("ssh", help="log in as the course user, or run one command as that user")
    ssh.add_argument("--seat")
    ssh.add_argument("--cmd", default="")
    verbs.add_parser("settings", help="print the merged settings as JSON")
    verbs.add_parser(
        "image", help="make the image of container seats, base or golden (Vagrant calls this)"
    )
    verbs.add_parser("box", help="build the base box of virtual machines, for each provider")
    verbs.add_parser("serve-boxes", help="serve the boxes on the classroom's network until ctrl-c")
    verbs.add_parser("release", help="pack this version's source, with its checksum")
    verbs.add_parser("tools", help="install what the tests need on this host")
    venv = verbs.add_parser("venv", help="make the virtual environment ready")
    venv.add_argument(
        "sets", nargs="*", default=["ansible"], help="files of requirements/, without their ending"
    )
    inside = verbs.add_parser("python", help="run a module of the virtual environment")
    inside.add_argument("module")
    inside.add_argument("arguments", nargs=argparse.REMAINDER)
    seats = verbs.add_parser("seat", help="one container seat (Vagrant and the tests call this)")
    seats.add_argument(
        "action", choices=["create", "up", "state", "start", "halt", "kill", "destroy", "show"]
    )
    seats.add_argument("name")
    seats.add_argument("--suite", default="", help="another suite than the settings' one")
    return parser


def _carry_out(options: argparse.Namespace) -> int:
    place.verify()
    if options.verb == "python":
        environment.become(options.module, options.arguments)
    chosen = settings.load()
    progress = Progress()
    if options.verb in _OF_THE_ENGINE:
        engine.enter_group(machines.AGAIN)
    if options.verb == "settings":
        print(json.dumps(chosen, ensure_ascii=False, indent=2))
    elif options.verb == "up":
        with alone("up"):
            machines.up(chosen, progress)
    elif options.verb == "down":
        with alone("up"):
            machines.down(chosen, options.seat, consent.given(options.yes))
    elif options.verb == "ssh":
        machines.ssh(chosen, options.seat, options.cmd)
    elif options.verb == "image":
        engine.ensure(lambda text: progress.line("容器引擎", text))
        keys.ensure()
        with alone("image"):
            progress.line("镜像", _image(chosen, progress))
    elif options.verb == "serve-boxes":
        return serve.boxes(chosen, lambda text: progress.line("box", text))
    elif options.verb == "box":
        with alone("box"):
            _install(box.missing(chosen), progress)
            progress.line("box", box.ensure(chosen, lambda text: progress.line("box", text)))
    elif options.verb == "release":
        print(release.build())
    elif options.verb == "tools":
        with alone("up"):
            machines.tools(progress)
    elif options.verb == "venv":
        with alone("venv"):
            install.venv(lambda text: progress.line("虚拟环境", text), options.sets)
    else:
        _seat(options, chosen, progress)
    return 0


def _install(packages: list[str], progress: Progress) -> None:
    install.verify_host(packages)
    progress.line("主机软件", install.apt(packages, lambda text: progress.line("主机软件", text)))


def _image(chosen: dict[str, str], progress: Progress) -> str:
    ensure = image.ensure if chosen["image"] == "base" else golden.ensure
    return ensure(chosen, lambda text: progress.line("镜像", text))


def _seat(options: argparse.Namespace, chosen: dict[str, str], progress: Progress) -> None:
    if options.action == "create":
        wanted = {**os.environ, "COURSEBOX_SUITE": options.suite} if options.suite else os.environ
        with alone("image"):
            made = seat.create(
                options.name, settings.load(wanted), lambda text: progress.line(options.name, text)
            )
        print(json.dumps(asdict(made)))
    elif options.action == "up":
        with alone("packages"):
            _install(install.missing(install.CONTAINER_TOOLS), progress)
        engine.join_group(machines.AGAIN)
        say = functools.partial(progress.line, options.name)
        print(json.dumps(asdict(machines.container_seat(options.name, chosen, say))))
    elif options.action == "state":
        print(json.dumps(_seat_state(options.name)))
    elif options.action == "halt":
        seat.halt(options.name)
    elif options.action == "start":
        print(json.dumps(asdict(seat.start(options.name))))
    elif options.action == "show":
        print(json.dumps(asdict(seat.load(options.name))))
    elif options.action == "kill":
        seat.kill(options.name)
    else:
        seat.destroy(options.name)


def _seat_state(name: str) -> dict[str, object]:
    """Return what Vagrant asks of a seat: its state and, unless it is absent, how one reaches it."""
    state = seat.state(name)
    return {"state": state, **({} if state == "absent" else asdict(seat.load(name)))}


if __name__ == "__main__":
    environment.settle("host", sys.argv[1:])
    sys.exit(main())
