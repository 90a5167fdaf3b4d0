"""`python -m bench [RUNS]`: provisioning against the same work done by a plain script, alternating both sides."""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from host import seat, settings
from host.paths import ROOT, VENV

PLAIN = Path(__file__).parent / "plain.sh"
RUNS = 5
SUITE = "bookworm"
# The files that the roles place, taken from a provisioned seat so that both sides lay the same.
PLACED = (
    "/etc/apt/apt.conf.d/60coursebox /usr/local/share/ca-certificates /etc/sudoers.d/coursebox"
    " /etc/profile.d/coursebox.sh /etc/motd /etc/pip.conf /etc/vim/vimrc.local /usr/local/bin/lab"
    " /etc/systemd/system/coursebox-server@.service /etc/ssh/sshd_config.d/00-coursebox.conf"
)


def main() -> int:
    """Measure and print; returns 0, also where a goal is missed: figures are to be read, not to fail."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    plain: list[float] = []
    first: list[float] = []
    for number in range(runs):
        ours = fresh("bench-ansible")
        first.append(timed(playbook, ours))
        report("first provisioning, Ansible", first[-1])
        if number == 0:
            bring(ours)
        theirs = fresh("bench-plain")
        plain.append(timed(by_hand, theirs))
        report("the plain script", plain[-1])
    ours = seat.load("bench-ansible")
    changeless: list[float] = []
    ping: list[float] = []
    for _ in range(runs):
        ping.append(timed(ask, ours))
        changeless.append(timed(playbook, ours))
    output = playbook(ours)
    changed = re.search(r"changed=(\d+)", output)
    assert changed is not None, output
    assert changed[1] == "0", output
    print()
    print("| what | seconds (median) | reference | seconds (median) | ratio |")
    print("| --- | --- | --- | --- | --- |")
    row("first provisioning of a bare seat", first, "the plain script", plain)
    row("changeless provisioning", changeless, "`ansible ping`", ping)
    for name in ("bench-ansible", "bench-plain"):
        seat.destroy(name)
    shutil.rmtree(LOAD)
    print(f"\nTasks in the playbook and its roles: {tasks()}")
    return 0


LOAD = Path(tempfile.mkdtemp(prefix="coursebox-bench-"))


def fresh(name: str) -> seat.Seat:
    """Return a bare seat."""
    seat.destroy(name)
    return seat.create(name, settings.load({"COURSEBOX_SUITE": SUITE}), lambda text: None)


def ansible(command: str, machine: seat.Seat, *arguments: str) -> str:
    """Run one of Ansible's commands against a seat; return its output."""
    inventory = str(Path(machine.ssh_config).with_name("inventory.yml"))
    return output([str(VENV / "bin" / command), "-i", inventory, *arguments])


def playbook(machine: seat.Seat) -> str:
    """Provision a seat."""
    return ansible("ansible-playbook", machine, "playbooks/site.yml")


def ask(machine: seat.Seat) -> str:
    """Ping a seat."""
    return ansible("ansible", machine, "all", "-m", "ping")


def bring(machine: seat.Seat) -> None:
    """Gather what the plain script lays: the same files, release and wheels."""
    release = output(ssh(machine, "basename $(readlink /opt/coursebox/current)")).strip()
    packages = yaml.safe_load((ROOT / "roles/packages/defaults/main.yml").read_text())
    shutil.copy(PLAIN, LOAD)
    shutil.copy(ROOT / f"build/release-{release}.tar.gz", LOAD / "release.tar.gz")
    (LOAD / "release.name").write_text(release)
    (LOAD / "packages.txt").write_text("\n".join(packages["packages_names"]))
    (LOAD / "downloads.txt").write_text("\n".join(packages["packages_downloads"]))
    (LOAD / "wheels").mkdir()
    for wheel in ROOT.glob("build/wheels-*/*.whl"):
        shutil.copy(wheel, LOAD / "wheels")
    with (LOAD / "files.tar").open("wb") as tar:
        subprocess.run(ssh(machine, f"sudo tar -cP {PLACED}"), stdout=tar, check=True)


def by_hand(machine: seat.Seat) -> str:
    """Do the same work by the plain script."""
    tar = subprocess.run(["tar", "-cC", str(LOAD), "."], capture_output=True, check=True).stdout
    command = "mkdir /tmp/load && tar -xC /tmp/load && sudo bash /tmp/load/plain.sh"
    done = subprocess.run(ssh(machine, command), input=tar, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout.decode()[-2000:] + done.stderr.decode()[-2000:])
    return done.stdout.decode()


def ssh(machine: seat.Seat, command: str) -> list[str]:
    """Return the command line that runs a command on a seat."""
    return ["ssh", "-F", machine.ssh_config, machine.name, command]


def output(command: list[str]) -> str:
    """Run a command that must not fail; return what it printed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def timed(work: Callable[[seat.Seat], object], machine: seat.Seat) -> float:
    """Return the seconds that the work takes on a seat."""
    begun = time.perf_counter()
    work(machine)
    return time.perf_counter() - begun


def report(name: str, seconds: float) -> None:
    """Say how it goes."""
    print(f"{name}: {seconds:.1f} s", file=sys.stderr, flush=True)


def row(name: str, ours: list[float], reference: str, theirs: list[float]) -> None:
    """Print one row of the table."""
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"| {name} | {a:.2f} | {reference} | {b:.2f} | {a / b:.2f} |")
    print(json.dumps({name: ours, reference: theirs}), file=sys.stderr)


def tasks() -> int:
    """Return how many tasks stand in the playbook and the roles."""
    files = [ROOT / "playbooks/site.yml", *ROOT.glob("roles/*/tasks/*.yml")]
    return sum(
        len(re.findall(r"^\s*- (?:\{ )?name: ", path.read_text(), re.MULTILINE)) for path in files
    )


if __name__ == "__main__":
    sys.exit(main())
