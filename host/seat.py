"""Container seats outside Vagrant: the machines that tests and benchmarks create, stop and destroy."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from host import commands, engine, image, keys
from host.errors import HostError
from host.paths import KEY, ROOT, SEATS
from host.settings import PORTS
from host.steps import Say

_USER = "vagrant"
_LOGIN_SECONDS = 60.0


@dataclass(frozen=True)
class Seat:
    """How one reaches a seat: its container, the login, and the host's loopback ports that stand for the seat's own."""

    name: str
    container: str
    address: str
    port: int
    user: str
    identity_file: str
    ssh_config: str
    ports: dict[str, int]


def create(name: str, settings: Mapping[str, str], say: Say) -> Seat:
    """Create a container seat, or start one that is there, and wait until a login works.

    A golden image has to be there already (`golden.ensure`); a base image is made.

    Raises HostError when the engine, the image or the seat itself fails.
    """
    engine.ensure(say)
    keys.ensure()
    if settings["image"] == "base":
        image.ensure(settings, say)
    if not _exists(name):
        ports = _free_ports(len(PORTS))
        published = [
            f"--publish=127.0.0.1:{host}:{guest}"
            for host, guest in zip(ports, PORTS.values(), strict=True)
        ]
        created = commands.run(
            ["docker", "create", f"--name={_container(name)}", "--hostname=tedu", *published,
             f"--volume={KEY.with_suffix('.pub')}:/etc/coursebox/seat.pub:ro",
             *json.loads((ROOT / "host/container.json").read_text(encoding="utf-8")),
             image.name(settings["suite"], settings["image"])]
        )  # fmt: skip
        if created.returncode:
            raise HostError(f"建不成座位 {name}：{created.stderr.strip()}")
        _write(name, ports)
    return start(name)


def start(name: str) -> Seat:
    """Start a seat that was stopped, and wait until a login works. Raises HostError."""
    started = commands.run(["docker", "start", _container(name)])
    if started.returncode:
        raise HostError(f"座位 {name} 起不来：{started.stderr.strip()}")
    seat = load(name)
    deadline = time.monotonic() + _LOGIN_SECONDS
    login = [
        "ssh",
        "-F",
        seat.ssh_config,
        "-o",
        "ConnectTimeout=5",
        "-o",
        "BatchMode=yes",
        name,
        "true",
    ]
    while (tried := commands.run(login, timeout=20)).returncode:
        if time.monotonic() > deadline:
            raise HostError(
                f"座位 {name} 在 {_LOGIN_SECONDS:.0f} 秒内不能登录：{tried.stderr.strip()}"
            )
        time.sleep(0.1)
    return seat


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
    return Seat(**json.loads(path.read_text(encoding="utf-8")))


def _container(name: str) -> str:
    """Return the container's name, which tells checkouts that share an engine apart."""
    checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return f"coursebox-{checkout}-{name}"


def _exists(name: str) -> bool:
    inspected = commands.run(["docker", "container", "inspect", _container(name)])
    return inspected.returncode == 0 and (SEATS / name / "seat.json").exists()


def _free_ports(count: int) -> list[int]:
    """Return host ports that nobody holds now; all are held until all are chosen, so that they differ."""
    holders = [socket.socket() for _ in range(count)]
    try:
        for holder in holders:
            holder.bind(("127.0.0.1", 0))
        return [holder.getsockname()[1] for holder in holders]
    finally:
        for holder in holders:
            holder.close()


def _write(name: str, ports: list[int]) -> None:
    folder = SEATS / name
    folder.mkdir(parents=True, exist_ok=True)
    seat = Seat(
        name=name,
        container=_container(name),
        address="127.0.0.1",
        port=ports[0],
        user=_USER,
        identity_file=str(KEY),
        ssh_config=str(folder / "ssh_config"),
        ports=dict(zip(PORTS, ports, strict=True)),
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
