"""One seat: provisioning against the same work done by a plain script."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import yaml

from bench import measure
from host import seat
from host.paths import ROOT
from tests.support.recap import changed

PLAIN = Path(__file__).parent / "plain.sh"
# The files that the roles place, taken from a provisioned seat so that both sides lay the same.
PLACED = (
    "/etc/apt/apt.conf.d/60coursebox /usr/local/share/ca-certificates /etc/sudoers.d/coursebox"
    " /etc/profile.d/coursebox.sh /etc/motd /etc/pip.conf /etc/vim/vimrc.local /usr/local/bin/lab"
    " /etc/systemd/system/coursebox-server@.service /etc/ssh/sshd_config.d/00-coursebox.conf"
)


def run(runs: int) -> None:
    """Print its rows."""
    with tempfile.TemporaryDirectory(prefix="coursebox-bench-") as folder:
        load = Path(folder)
        plain: list[float] = []
        first: list[float] = []
        for number in range(runs):
            ours = measure.fresh("bench-ansible")
            inventory = Path(ours.ssh_config).with_name("inventory.yml")
            first.append(measure.timed(partial(measure.playbook, inventory)))
            if number == 0:
                bring(ours, load)
            theirs = measure.fresh("bench-plain")
            plain.append(measure.timed(partial(by_hand, theirs, load)))
            measure.report(
                f"first provisioning {first[-1]:.1f} s, the plain script {plain[-1]:.1f} s"
            )
    changeless, ping = measure.alternate(
        runs, partial(measure.playbook, inventory), partial(measure.ping, inventory)
    )
    assert changed(measure.playbook(inventory)) == [0]
    measure.row("first provisioning of a bare seat", first, "the plain script", plain, "0.85")
    measure.row("changeless provisioning, one seat", changeless, "`ansible ping`", ping, "1.6")
    print(f"\nTasks in the playbook and its roles: {tasks()}\n")
    for name in ("bench-ansible", "bench-plain"):
        seat.destroy(name)


def bring(machine: seat.Seat, load: Path) -> None:
    """Gather what the plain script lays: the same files, release and wheels."""
    release = measure.output(
        measure.ssh(machine, "basename $(readlink /opt/coursebox/current)")
    ).strip()
    packages = yaml.safe_load((ROOT / "roles/packages/defaults/main.yml").read_text())
    shutil.copy(PLAIN, load)
    shutil.copy(ROOT / f"build/release-{release}.tar.gz", load / "release.tar.gz")
    (load / "release.name").write_text(release)
    (load / "packages.txt").write_text("\n".join(packages["packages_names"]))
    (load / "downloads.txt").write_text("\n".join(packages["packages_downloads"]))
    (load / "wheels").mkdir()
    for wheel in ROOT.glob("build/wheels-*/*.whl"):
        shutil.copy(wheel, load / "wheels")
    with (load / "files.tar").open("wb") as tar:
        subprocess.run(measure.ssh(machine, f"sudo tar -cP {PLACED}"), stdout=tar, check=True)


def by_hand(machine: seat.Seat, load: Path) -> str:
    """Do the same work by the plain script."""
    tar = subprocess.run(["tar", "-cC", str(load), "."], capture_output=True, check=True).stdout
    command = "mkdir /tmp/load && tar -xC /tmp/load && sudo bash /tmp/load/plain.sh"
    done = subprocess.run(
        measure.ssh(machine, command), input=tar, capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stdout.decode()[-2000:] + done.stderr.decode()[-2000:])
    return done.stdout.decode()


def tasks() -> int:
    """Return how many tasks stand in the playbook and the roles."""
    files = [ROOT / "playbooks/site.yml", *ROOT.glob("roles/*/tasks/*.yml")]
    return sum(
        len(re.findall(r"^\s*- (?:\{ )?name: ", path.read_text(), re.MULTILINE)) for path in files
    )
