"""Provisions container seats as Vagrant provisions its machines: by Ansible on this host, or in the seats themselves."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import tarfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from host import commands
from host.errors import HostError
from host.i18n import translated as _
from host.paths import BUILD, LOGS, ROOT
from host.seat import Seat
from host.steps import Reporter

LOG = LOGS / "provision.log"
_ON_SEAT = ROOT / "host/on_seat"
_LEFT_OUT = re.compile(r"(^|/)(__pycache__|\.mypy_cache|\.ruff_cache)(/|$)|\.pyc$")
_AUTHORITIES = Path("/usr/local/share/ca-certificates")
# What plugins, seats and this tool say, in either language.
_BUSY = re.compile(r"：座位正忙|: the seat is busy")
_FAILED = re.compile(r"^(?:fatal:|\[ERROR\]|coursebox：|coursebox: )|FAILED!")
_ROLE = re.compile(r"^(?:TASK \[|\S+：配置 |\S+: provisioning )(?P<role>\w+)(?: : .+\] \*+)?$")


def provision(seats: Sequence[Seat], settings: Mapping[str, str], report: Reporter) -> str:
    """Provision the seats with what the settings say of the course; what Ansible says goes to LOG. Raises HostError."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text("", encoding="utf-8")
    watch = role_watch(report)
    variables = _variables(settings)
    if settings["provisioner"] != "ansible_local":
        inventories = [
            argument
            for seat in seats
            for argument in ("-i", str(Path(seat.ssh_config).with_name("inventory.yml")))
        ]
        command = ["sh", str(ROOT / "host/ansible-playbook"), *inventories]
        if commands.logged([*command, "-e", f"@{variables}", "playbooks/site.yml"], LOG, watch):
            raise HostError(failure(LOG))
        return _("配置好了")
    packed = pack()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda seat: _in_the_seat(seat, settings, variables, packed, watch), seats))
    return _("配置好了")


def role_watch(report: Reporter) -> Callable[[str], None]:
    """Return a watcher of Ansible's lines that tells each role as its turn comes."""
    role = ""

    def watch(line: str) -> None:
        nonlocal role
        if _BUSY.search(line):
            report(line.strip())
        named = _ROLE.match(line.rstrip())
        if named and named["role"] != role:
            role = named["role"]
            report(_("配置 {role}", role=role))

    return watch


def failure(log: Path) -> str:
    """Return the part of a log of Ansible's or Vagrant's that says why it failed."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines):
        if _FAILED.search(line):
            lines = lines[number : number + 12]
            break
    return "\n".join(lines[-12:]) + _("\n详情见 {log}；改好后再运行一次就会接着做。", log=log)


def of_roles(settings: Mapping[str, str]) -> dict[str, str]:
    """Return those settings that are variables of roles, whose names begin with the role's."""
    prefixes = tuple(f"{role.name}_" for role in (ROOT / "roles").iterdir())
    return {key: value for key, value in settings.items() if key.startswith(prefixes)}


def _variables(settings: Mapping[str, str]) -> Path:
    """Write the roles' variables to a file that nobody else may read."""
    path = BUILD / "variables.yml"
    text = as_they_are(of_roles(settings))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        # What an older run left may be readable.
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
    return path


def as_they_are(variables: Mapping[str, object]) -> str:
    """Return variables for Ansible, as JSON, whose text it takes neither for a template nor, as YAML's `!unsafe`, for a number."""
    given = {
        name: {"__ansible_unsafe": value} if isinstance(value, str) else value
        for name, value in variables.items()
    }
    return json.dumps(given)


def _in_the_seat(
    seat: Seat,
    settings: Mapping[str, str],
    variables: Path,
    packed: bytes,
    watch: Callable[[str], None],
) -> None:
    """Send a seat all that provisioning needs, and let it provision itself."""
    ssh = ["ssh", "-F", seat.ssh_config, seat.name]
    inventory = f"[seats]\n{seat.name} ansible_connection=local\n".encode()
    sent = {"coursebox.tar": packed, "variables.yml": variables.read_bytes(), "hosts": inventory}
    for name, data in sent.items():
        store = [*ssh, f"umask 077; cat > {name}"]
        done = subprocess.run(store, input=data, capture_output=True, check=False)
        if done.returncode:
            raise HostError(
                _(
                    "文件送不到 {name}：{said}",
                    name=seat.name,
                    said=done.stderr.decode(errors="replace").strip(),
                )
            )
    environ = " ".join(
        f"{key.upper()}={shlex.quote(value)}"
        for key, value in of_roles(settings).items()
        if key != "users_password"
    )
    prepare = shlex.quote((_ON_SEAT / "bootstrap-ansible.sh").read_text(encoding="utf-8"))
    play = (
        "cd /opt/coursebox-ansible/checkout && ANSIBLE_CONFIG=$PWD/ansible.cfg "
        "sh host/on_seat/ansible-playbook -i ~/hosts playbooks/site.yml"
    )
    for script in (f"sudo {environ} sh -c {prepare}", play):
        if commands.logged([*ssh, script], LOG, watch):
            raise HostError(failure(LOG))


def pack(root: Path = ROOT) -> bytes:
    """Return one archive of what a machine needs to provision itself; host/on_seat/pack.rb packs the same for Vagrant."""
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name in json.loads((_ON_SEAT / "sent.json").read_text(encoding="utf-8")):
            place = root / name
            for path in [place] if place.is_file() else sorted(place.rglob("*")):
                within = str(path.relative_to(root))
                if path.is_file() and not _LEFT_OUT.search(within):
                    _add(tar, within, path)
        for path in sorted(_AUTHORITIES.glob("*.crt")):
            _add(tar, f"ca-certificates/{path.name}", path)
    return found.getvalue()


def _add(tar: tarfile.TarFile, name: str, path: Path) -> None:
    content = path.read_bytes()
    if b"\0" not in content:
        content = content.replace(b"\r\n", b"\n")
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mode = 0o755 if os.access(path, os.X_OK) else 0o644
    tar.addfile(member, io.BytesIO(content))
