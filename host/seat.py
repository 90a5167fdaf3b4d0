"""Container seats outside Vagrant: the machines that tests and benchmarks create, stop and destroy."""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from host import commands, engine, image, keys
from host.errors import HostError
from host.paths import CHECKOUT, KEY, ROOT, SEATS
from host.steps import Say

_USER = "vagrant"
_LOGIN_SECONDS = 60.0
_PAUSE = 0.05


@dataclass(frozen=True)
class Seat:
    """How one reaches a seat: its container, and the login by a port of the host's loopback."""

    name: str
    container: str
    address: str
    port: int
    user: str
    identity_file: str
    ssh_config: str


def create(name: str, settings: Mapping[str, str], say: Say) -> Seat:
    """Create a container seat, or start one that is there, and wait until a login works.

    A golden image has to be there already (`golden.ensure`); a base image is made.

    Raises HostError when the engine, the image or the seat itself fails.
    """
    engine.ensure(say)
    keys.ensure()
    if settings["image"] == "base":
        image.ensure(settings, say)
    if _exists(name):
        return start(name)
    seat = _write(name, _free_port())
    made = commands.run(
        ["docker", "run", "--detach", f"--name={seat.container}", "--hostname=tedu",
         f"--publish={seat.address}:{seat.port}:22",
         f"--volume={KEY.with_suffix('.pub')}:/etc/coursebox/seat.pub:ro",
         *json.loads((ROOT / "host/container.json").read_text(encoding="utf-8")),
         image.name(settings["suite"], settings["image"])]
    )  # fmt: skip
    if made.returncode:
        raise HostError(f"建不成座位 {name}：{made.stderr.strip()}")
    return _when_ready(seat)


def start(name: str) -> Seat:
    """Start a seat that was stopped, and wait until a login works. Raises HostError."""
    started = commands.run(["docker", "start", _container(name)])
    if started.returncode:
        raise HostError(f"座位 {name} 起不来：{started.stderr.strip()}")
    return _when_ready(load(name))


def _when_ready(seat: Seat) -> Seat:
    """Wait until a login works: an SSH banner does not mean that one does, but without one there is no need to try."""
    deadline = time.monotonic() + _LOGIN_SECONDS
    login = ["ssh", "-F", seat.ssh_config, "-o", "ConnectTimeout=5", "-o", "BatchMode=yes"]
    tried = ""
    while time.monotonic() < deadline:
        if _greets(seat):
            done = commands.run([*login, seat.name, "true"], timeout=20)
            if done.returncode == 0:
                return seat
            tried = done.stderr.strip()
        time.sleep(_PAUSE)
    raise HostError(f"座位 {seat.name} 在 {_LOGIN_SECONDS:.0f} 秒内不能登录：{tried}")


def _greets(seat: Seat) -> bool:
    """Say whether an SSH server answers; trying costs next to nothing, where a client of its own costs much."""
    try:
        with socket.create_connection((seat.address, seat.port), timeout=5) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def kill(name: str) -> None:
    """Stop a seat at once, as a power cut would. Raises HostError when it does not run."""
    killed = commands.run(["docker", "kill", _container(name)])
    if killed.returncode:
        raise HostError(f"座位 {name} 停不下来：{killed.stderr.strip()}")


def keep(name: str, target: str, label: str) -> None:
    """Stop a seat and keep what it has become as an image. Raises HostError."""
    kill(name)
    committed = commands.run(
        ["docker", "commit", "--change", f"LABEL coursebox={label}", _container(name), target]
    )
    if committed.returncode:
        raise HostError(f"镜像 {target} 存不下来：{committed.stderr.strip()}")


def destroy(name: str) -> None:
    """Remove a seat and its files; nothing happens when it is absent. Raises HostError."""
    removed = commands.run(["docker", "rm", "--force", "--volumes", _container(name)])
    if removed.returncode and "No such container" not in removed.stderr:
        raise HostError(f"座位 {name} 删不掉：{removed.stderr.strip()}")
    shutil.rmtree(SEATS / name, ignore_errors=True)


def load(name: str) -> Seat:
    """Return a seat that was created before. Raises HostError when nobody knows it."""
    path = SEATS / name / "seat.json"
    if not path.exists():
        raise HostError(f"没有座位 {name}：先运行 python3 -m host seat create {name}。")
    known = json.loads(path.read_text(encoding="utf-8"))
    return Seat(**{field.name: known[field.name] for field in fields(Seat)})


def _container(name: str) -> str:
    """Return the container's name, which tells checkouts that share an engine apart."""
    return f"coursebox-{CHECKOUT}-{name}"


def _exists(name: str) -> bool:
    if not (SEATS / name / "seat.json").exists():
        return False
    return commands.run(["docker", "container", "inspect", _container(name)]).returncode == 0


def _free_port() -> int:
    """Return a port of the host's loopback that nobody holds now."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return int(holder.getsockname()[1])


def _write(name: str, port: int) -> Seat:
    """Keep how one reaches a seat, for people, Ansible and this module."""
    folder = SEATS / name
    folder.mkdir(parents=True, exist_ok=True)
    seat = Seat(
        name=name,
        container=_container(name),
        address="127.0.0.1",
        port=port,
        user=_USER,
        identity_file=str(KEY),
        ssh_config=str(folder / "ssh_config"),
    )
    options = {
        "HostName": seat.address,
        "Port": seat.port,
        "User": seat.user,
        "IdentityFile": seat.identity_file,
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
    (folder / "seat.json").write_text(json.dumps(asdict(seat), indent=2) + "\n", encoding="utf-8")
    return seat
