"""Several machines of one checkout: together up, told apart, more and fewer of them, one destroyed and the others kept."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from host.settings import PORTS
from tests.support.checkout import Checkout, free_ports
from tests.support.recap import changed

# The golden image that other tests use as well.
SETTINGS = {"suite": "trixie", "image": "golden", "provider": "docker"}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A new clone with two machines."""
    copy = Checkout(tmp_path_factory.mktemp("seats") / "coursebox", **SETTINGS)
    copy.out("make", "up", "SEATS=2")
    yield copy
    copy.run("make", "down", "YES=1")


def machine_id(checkout: Checkout, seat: str) -> str:
    """What tells a machine from any other."""
    return checkout.out("make", "ssh", f"SEAT={seat}", "CMD=cat /etc/machine-id").strip()


def test_each_seat_has_an_identity_and_ports_of_its_own(pair: Checkout) -> None:
    """Seat n is reached at the first one's ports plus n - 1."""
    assert machine_id(pair, "seat01") != machine_id(pair, "seat02")
    assert "labs/" in pair.serves(2)


def test_a_larger_number_adds_and_leaves_the_others_alone(pair: Checkout) -> None:
    """Nothing changes on those that are there."""
    before = machine_id(pair, "seat02")
    pair.out("make", "up", "SEATS=3")
    assert machine_id(pair, "seat02") == before
    assert machine_id(pair, "seat03") != before
    for seat in ("seat01", "seat02"):
        assert changed(pair.log("provision"), seat) == [0]


def test_a_smaller_number_destroys_nothing(pair: Checkout) -> None:
    """It says which machines stay as they are, and they can still be used."""
    before = machine_id(pair, "seat03")
    up = pair.run("make", "up", "SEATS=1")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "seat02 seat03 保持原样" in up.stderr
    assert machine_id(pair, "seat03") == before


def test_one_seat_goes_when_it_is_named(pair: Checkout) -> None:
    """The others stay; a name that nobody has is told."""
    before = machine_id(pair, "seat02")
    pair.out("make", "down", "SEAT=seat03", "YES=1")
    assert machine_id(pair, "seat02") == before
    refused = pair.run("make", "down", "SEAT=seat03", "YES=1")
    assert refused.returncode != 0
    assert "seat01 seat02" in refused.stderr


def test_a_copied_checkout_leaves_the_originals_machines_alone(
    pair: Checkout, tmp_path: Path
) -> None:
    """For the copy there are none."""
    copy = Checkout(tmp_path / "copy", **SETTINGS)
    shutil.copytree(pair.root / "build", copy.root / "build", dirs_exist_ok=True)
    assert "没有课程机器" in copy.out("make", "down", "YES=1")
    assert copy.run("make", "ssh", "CMD=true").returncode != 0
    assert machine_id(pair, "seat01")


def test_a_moved_checkout_takes_its_machines_along(pair: Checkout) -> None:
    """And back again; nothing has to be made anew."""
    before, home = machine_id(pair, "seat01"), pair.root
    pair.root = home.rename(home.with_name("moved"))
    try:
        assert machine_id(pair, "seat01") == before
        pair.out("make", "up", "SEATS=1")
    finally:
        pair.root = pair.root.rename(home)
    assert machine_id(pair, "seat01") == before


def test_a_machine_of_an_older_checkout_is_taken_over(pair: Checkout, tmp_path: Path) -> None:
    """One that Vagrant's own docker provider made: what stands on it stays, and it is provisioned on."""
    chosen = free_ports(3)
    old = Checkout(tmp_path / "older", **SETTINGS)
    shutil.copytree(pair.root / "build", old.root / "build", ignore=shutil.ignore_patterns("seats"))
    options = json.loads((old.root / "host/container.json").read_text("utf-8"))
    published = [
        f"--publish=127.0.0.1:{host}:{port}"
        for host, port in zip(chosen, PORTS.values(), strict=True)
    ]
    key = f"--volume={old.root}/build/key.pub:/etc/coursebox/seat.pub:ro"
    image = f"coursebox-golden:{SETTINGS['suite']}"
    made = subprocess.run(
        ["docker", "run", "--detach", "--hostname=tedu", *published, key, *options, image],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    noted = old.root / ".vagrant/machines/seat01/docker/id"
    noted.parent.mkdir(parents=True)
    noted.write_text(made.stdout.strip(), encoding="ascii")
    try:
        banner = old.out("make", "up")
        assert str(chosen[-1]) in banner, "the banner says what is, not what the settings say"
        shown = subprocess.run(["docker", "ps", "-q", "--no-trunc"], capture_output=True, text=True)
        assert made.stdout.strip() in shown.stdout.split()
        assert "tarena" in old.run("make", "ssh", "CMD=whoami").stdout
    finally:
        gone = old.run("make", "down", "YES=1")
    assert gone.returncode == 0, gone.stderr
    shown = subprocess.run(["docker", "ps", "-aq", "--no-trunc"], capture_output=True, text=True)
    assert made.stdout.strip() not in shown.stdout.split()
