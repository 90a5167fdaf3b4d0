"""Container seats: made, found again, started, stopped and removed, for `make up`, for Vagrant, for tests and benchmarks."""

from __future__ import annotations

import json
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from host import commands, diagnose, engine, image, keys
from host.errors import HostError
from host.i18n import translated as _
from host.paths import CHECKOUT, KEY, ROOT, SEATS, SSH_CONFIG
from host.steps import Reporter

_USER = "vagrant"
_COURSE_SEAT = re.compile(r"seat\d+$")
_KEY_ON_SEAT = "/etc/coursebox/seat.pub"
_SSH_PORT = "22/tcp"
# A seat that shows no sign of life for so long is not booting any more.
_STILL_SECONDS = 10.0
_PAUSE = 0.05
_LOOK_SECONDS = 0.5
_LAST_WORDS = 6


@dataclass(frozen=True)
class Seat:
    """How one reaches a seat: its container, the login by a port of the host's loopback, and the ports of its servers.

    `published` has the host's port of each of the seat's ports but ssh's, `checkout` is the folder that it belongs to.
    """

    name: str
    container: str
    address: str
    port: int
    published: dict[str, int]
    user: str
    identity_file: str
    ssh_config: str
    checkout: str


def create(
    name: str, settings: Mapping[str, str], report: Reporter, ports: Mapping[int, int] | None = None
) -> Seat:
    """Create a container seat, or start one that is there, and wait until a login works.

    `ports` says which port of the host's loopback reaches which of the seat's; ssh gets a free one where it is not
    among them. A golden image has to be there already (`golden.ensure`); a base image is made.

    Raises HostError when the engine, the image or the seat itself fails.
    """
    engine.ensure(report)
    keys.ensure()
    if state(name) != "absent":
        return start(name)
    if settings["image"] == "base":
        image.ensure(settings, report)
    container = f"coursebox-{CHECKOUT}-{name}"
    # What a run that was killed left half-made.
    _remove(container)
    wanted = {22: 0, **(ports or {})}
    made = commands.run(
        ["docker", "create", f"--name={container}", "--hostname=tedu",
         *(f"--publish=127.0.0.1:{host or _free_port()}:{port}" for port, host in wanted.items()),
         *json.loads((ROOT / "host/container.json").read_text(encoding="utf-8")),
         image.name(settings["suite"], settings["image"])]
    )  # fmt: skip
    if made.returncode:
        raise HostError(_("建不成座位 {name}：{said}", name=name, said=made.stderr.strip()))
    _record(name, container)
    return start(name)


def start(name: str) -> Seat:
    """Start a seat unless it runs, and wait until a login works. Raises HostError."""
    seat = load(name)
    if state(name) != "running":
        public = str(KEY.with_suffix(".pub"))
        lent = commands.run(["docker", "cp", public, f"{seat.container}:{_KEY_ON_SEAT}"])
        # Older checkouts mounted the key, which does as well.
        if lent.returncode and "marked read-only" not in lent.stderr:
            raise HostError(
                _("登录密钥放不进座位 {name}：{said}", name=name, said=lent.stderr.strip())
            )
    started = commands.run(["docker", "start", seat.container])
    if started.returncode:
        told = started.stderr.strip()
        fix = ""
        if "already allocated" in told or "address already in use" in told:
            fix = _("。请停掉占用端口的程序，例如 sudo lsof -i :{port}，再运行一次", port=seat.port)
        raise HostError(_("座位 {name} 起不来：{told}{fix}", name=name, told=told, fix=fix))
    return _when_ready(seat)


def _when_ready(seat: Seat) -> Seat:
    """Wait until a login works: an SSH banner does not mean that one does, but without one there is no need to try.

    It is waited for as long as something goes on in the seat. Raises HostError with the seat's last words when it has
    ended, or has stood still.
    """
    login = ["ssh", "-F", seat.ssh_config, "-o", "ConnectTimeout=5", "-o", "BatchMode=yes"]
    tried, life = "", ""
    moved = looked = time.monotonic()
    while True:
        if _greets(seat):
            done = commands.run([*login, seat.name, "true"], timeout=20)
            if done.returncode == 0:
                return seat
            tried = done.stderr.strip()
        now = time.monotonic()
        if now - looked > _LOOK_SECONDS:
            looked = now
            if state(seat.name) != "running":
                raise HostError(_last_words(seat, _("刚启动就结束了")))
            seen = _life(seat)
            if seen != life:
                life, moved = seen, time.monotonic()
            elif now - moved > _STILL_SECONDS:
                raise HostError(
                    _last_words(
                        seat,
                        _("停在了半路，{seconds:.0f} 秒没有动静", seconds=_STILL_SECONDS),
                        tried,
                    )
                )
        time.sleep(_PAUSE)


def _greets(seat: Seat) -> bool:
    """Say whether an SSH server answers; trying costs next to nothing, where a client of its own costs much."""
    try:
        with socket.create_connection((seat.address, seat.port), timeout=5) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _life(seat: Seat) -> str:
    """Return what changes while a seat boots: its processes and the processor time that each has used."""
    return commands.run(["docker", "top", seat.container, "-eo", "pid,time,args"]).stdout


def _last_words(seat: Seat, what: str, tried: str = "") -> str:
    """Return what a seat that did not come up said, its exit code, and what to do."""
    shown = commands.run(["docker", "logs", "--tail", str(_LAST_WORDS), seat.container])
    words = (shown.stdout + shown.stderr).strip() or tried
    if not words:
        failed = ["docker", "exec", seat.container, "systemctl", "--failed", "--no-legend"]
        words = commands.run(failed, timeout=5).stdout.strip()
    code = commands.run(
        ["docker", "container", "inspect", "--format", "{{.State.ExitCode}}", seat.container]
    ).stdout.strip()
    fix = diagnose.fix(words, diagnose.OF_SEATS)
    return _(
        "座位 {name} {what}（退出码 {code}）。它最后说：{words}\n{fix}；改好后再运行一次 make up。",
        name=seat.name,
        what=what,
        code=code,
        words=words or _("什么也没有说"),
        fix=fix or _("完整的记录：docker logs {container}", container=seat.container),
    )


def kill(name: str) -> None:
    """Stop a seat at once, as a power cut would. Raises HostError when it does not run."""
    killed = commands.run(["docker", "kill", load(name).container])
    if killed.returncode:
        raise HostError(_("座位 {name} 停不下来：{said}", name=name, said=killed.stderr.strip()))


def halt(name: str) -> None:
    """Shut a seat down; nothing happens when it does not run. Raises HostError."""
    halted = commands.run(["docker", "stop", "--time=20", load(name).container])
    if halted.returncode:
        raise HostError(_("座位 {name} 关不了机：{said}", name=name, said=halted.stderr.strip()))


def keep(name: str, target: str, label: str) -> None:
    """Stop a seat and keep what it has become as an image. Raises HostError."""
    kill(name)
    committed = commands.run(
        ["docker", "commit", "--change", f"LABEL coursebox={label}", load(name).container, target]
    )
    if committed.returncode:
        raise HostError(
            _("镜像 {target} 存不下来：{said}", target=target, said=committed.stderr.strip())
        )


def destroy(name: str) -> None:
    """Remove a seat and its files; nothing happens when it is absent. Raises HostError."""
    if (seat := _find(name)) is not None:
        _remove(seat.container)
    _remove(f"coursebox-{CHECKOUT}-{name}")
    shutil.rmtree(SEATS / name, ignore_errors=True)
    _write_ssh_config(name)


def _remove(container: str) -> None:
    removed = commands.run(["docker", "rm", "--force", "--volumes", container])
    if removed.returncode and "No such container" not in removed.stderr:
        raise HostError(
            _("容器 {container} 删不掉：{said}", container=container, said=removed.stderr.strip())
        )


def load(name: str) -> Seat:
    """Return a seat that was created before. Raises HostError when this checkout has none of that name."""
    seat = _find(name)
    if seat is None:
        raise HostError(
            _(
                "没有座位 {name}：先运行 make up（测试用的：python3 -m host seat create {name}）。",
                name=name,
            )
        )
    return seat


def state(name: str) -> str:
    """Say whether a seat is `running`, `stopped` or `absent`. Raises HostError where the engine does not answer."""
    seat = _find(name)
    if seat is None:
        return "absent"
    shown = commands.run(
        ["docker", "container", "inspect", "--format", "{{.State.Running}}", seat.container]
    )
    if shown.returncode == 0:
        return "running" if shown.stdout.strip() == "true" else "stopped"
    if "No such container" not in shown.stderr:
        raise HostError(
            _("容器引擎没有回答座位 {name} 在不在：{said}", name=name, said=shown.stderr.strip())
        )
    return "absent"


def names() -> list[str]:
    """Return the names of the course's container seats that belong to this checkout, sorted.

    What tests create beside them has other names.
    """
    known = {path.parent.name for path in SEATS.glob("seat*/seat.json")}
    known |= {path.parent.parent.name for path in _old_ids()}
    return sorted(name for name in known if _COURSE_SEAT.match(name) and _find(name) is not None)


def _find(name: str) -> Seat | None:
    """Return this checkout's seat of that name; None where there is none.

    A checkout that was moved takes its seats along; in a copied one they are the original's. What Vagrant's own
    provider made for an older checkout is taken over.
    """
    path = SEATS / name / "seat.json"
    if not path.exists():
        return _take_over(name)
    known = json.loads(path.read_text(encoding="utf-8"))
    if not {field.name for field in fields(Seat)} <= known.keys():
        return _record(name, known["container"])
    seat = Seat(**{field.name: known[field.name] for field in fields(Seat)})
    if seat.checkout == str(ROOT):
        return seat
    original = Path(seat.checkout) / path.relative_to(ROOT)
    if original.exists() and seat.container in original.read_text(encoding="utf-8"):
        return None
    return _record(name, seat.container)


def _old_ids() -> Iterator[Path]:
    """Yield where Vagrant's own provider noted its containers."""
    yield from (ROOT / ".vagrant/machines").glob("*/docker/id")


def _take_over(name: str) -> Seat | None:
    for path in _old_ids():
        if path.parent.parent.name != name:
            continue
        container = path.read_text(encoding="utf-8").strip()
        shown = commands.run(["docker", "container", "inspect", container])
        if shown.returncode:
            continue
        # The key that lets in is mounted from the checkout that made the seat.
        mounts = json.loads(shown.stdout)[0]["Mounts"]
        keys_ = [mount["Source"] for mount in mounts if mount["Destination"] == _KEY_ON_SEAT]
        original = [Path(key).parent.parent for key in keys_]
        if any(place != ROOT and (place / path.relative_to(ROOT)).exists() for place in original):
            continue
        return _record(name, container)
    return None


def _free_port() -> int:
    """Return a port of the host's loopback that nobody holds now."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return int(holder.getsockname()[1])


def _record(name: str, container: str) -> Seat | None:
    """Keep how one reaches a seat, for people, Ansible and this module; None where its container is gone."""
    shown = commands.run(["docker", "container", "inspect", container])
    if shown.returncode:
        return None
    bindings: dict[str, Sequence[Mapping[str, str]]] = json.loads(shown.stdout)[0]["HostConfig"][
        "PortBindings"
    ]
    published = {port: int(found[0]["HostPort"]) for port, found in bindings.items()}
    folder = SEATS / name
    folder.mkdir(parents=True, exist_ok=True)
    seat = Seat(
        name=name,
        container=container,
        address="127.0.0.1",
        port=published.pop(_SSH_PORT),
        published={port.partition("/")[0]: host for port, host in published.items()},
        user=_USER,
        identity_file=str(KEY),
        ssh_config=str(folder / "ssh_config"),
        checkout=str(ROOT),
    )
    options = {
        "HostName": seat.address,
        "Port": seat.port,
        "User": seat.user,
        "IdentityFile": f'"{seat.identity_file}"',
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "no",
        "LogLevel": "ERROR",
    }
    lines = [f"Host {name}", *(f"  {key} {value}" for key, value in options.items())]
    Path(seat.ssh_config).write_text("\n".join(lines) + "\n", encoding="utf-8")
    inventory = {
        "seats": {
            "hosts": {
                name: {
                    "ansible_host": seat.address,
                    "ansible_port": seat.port,
                    "ansible_user": seat.user,
                    "ansible_ssh_private_key_file": seat.identity_file,
                    "ansible_ssh_common_args": "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no",
                }
            }
        }
    }
    (folder / "inventory.yml").write_text(json.dumps(inventory, indent=2) + "\n", encoding="utf-8")
    # Last, since it is what makes the seat known.
    (folder / "seat.json").write_text(json.dumps(asdict(seat), indent=2) + "\n", encoding="utf-8")
    _write_ssh_config(name)
    return seat


def _write_ssh_config(changed: str) -> None:
    """Keep how one reaches the course's seats together in one file, when a seat of that name comes, moves or goes."""
    if not _COURSE_SEAT.match(changed):
        return
    places = [
        path for path in SEATS.glob("seat*/ssh_config") if _COURSE_SEAT.match(path.parent.name)
    ]
    SEATS.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=SEATS, delete=False, encoding="utf-8") as file:
        file.write("\n".join(path.read_text(encoding="utf-8") for path in sorted(places)))
    Path(file.name).replace(SSH_CONFIG)
