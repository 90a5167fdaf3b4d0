"""The pages for instructors, followed to the letter: their commands, carried out in a clone against a real seat.

Their Chinese siblings have the same commands, which tests/unit/test_pages_agree.py shows.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
from collections.abc import Iterator

import pytest

from host.paths import KEY, ROOT
from tests.machine import expected
from tests.support.checkout import Checkout
from tests.support.classroom import golden_machines
from tests.support.machine import Machine

CLASSROOM = (ROOT / "docs/how-to/run-a-classroom.md").read_text("utf-8")
EXISTING = (ROOT / "docs/how-to/existing-machines.md").read_text("utf-8")
# What the pages name and other tests carry out: machines, boxes, a verb without end, the network, a fresh seat.
ELSEWHERE = ("up", "box", "serve-boxes", "watch-class", "mirrors", "regrade", "tools")
FENCE = re.compile(r"^( *)```sh\n(.*?)^\1```$", re.M | re.S)
LOGIN = f"UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o IdentityFile={KEY}"


def commands(page: str) -> list[str]:
    """The blocks of commands of a page, in its order, without the indent of the list that they stand in."""
    return [
        re.sub(rf"^{indent}", "", block, flags=re.M).strip()
        for indent, block in FENCE.findall(page)
    ]


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A PC that stands already."""
    (made,) = golden_machines(["pages"], "trixie").values()
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def address(machine: Machine) -> str:
    """Its own, as a PC has one."""
    return machine.out("hostname -I").split()[0]


@pytest.fixture
def checkout(tmp_path: pathlib.Path) -> Checkout:
    """This checkout as cloned, with the environment of this one."""
    copy = Checkout(tmp_path / "checkout")
    subprocess.run(["git", "init", "-q"], cwd=copy.root, check=True)
    (copy.root / ".venv").symlink_to(ROOT / ".venv")
    return copy


def carried_out(checkout: Checkout, command: str) -> str:
    """What a command prints, which must not fail."""
    done = checkout.run("bash", "-ec", command)
    assert done.returncode == 0, (command, done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


def filled_in(checkout: Checkout, address: str, students: str = "") -> None:
    """Write what the pages tell in words: where the seat is, the account, and who sits there."""
    mine = checkout.root / "inventories/mine"
    hosts = (mine / "hosts.yml").read_text("utf-8").replace("192.0.2.11", address)
    (mine / "hosts.yml").write_text(re.sub(r"    seat02:\n.*\n", "", hosts))
    general = (mine / "group_vars/all.yml").read_text("utf-8")
    assert "# ansible_user: teacher" in general
    told = general.replace("# ansible_user: teacher", "ansible_user: vagrant")
    (mine / "group_vars/all.yml").write_text(f"{told}ansible_ssh_common_args: -o {LOGIN}\n")
    if students:
        (mine / "roster.csv").write_text(students)


def test_run_a_classroom(checkout: Checkout, machine: Machine, address: str) -> None:
    """From the copied example to the student who comes back; each verb that the page names is carried out somewhere."""
    blocks = commands(CLASSROOM)
    checkout.environ["ANSIBLE_VAULT_PASSWORD_FILE"] = str(checkout.root.parent / "vault-password")
    carried_out(checkout, blocks[0])
    filled_in(checkout, address, "学号,姓名,班级,座位\n20260107,甲,一班,seat07\n")
    hosts = checkout.root / "inventories/mine/hosts.yml"
    hosts.write_text(hosts.read_text().replace("seat01", "seat07"))
    for block in blocks[1:]:
        carried_out(checkout, block)
    machine.student("echo mine > ~/letter.txt; lab start 5.3.2")
    named = dict.fromkeys(re.findall(r"`(make [a-z-]+(?: [A-Z]+=[\w.]+)*)`", CLASSROOM))
    done = set()
    for command in named:
        verb = command.split()[1]
        if verb in ELSEWHERE or "OWNER=" in command:
            continue
        # The page says that it asks, and what answers.
        answered = f"{command} YES=1" if verb in ("reset", "remove") else command
        if verb == "restore":
            carried_out(checkout, "make provision LIMIT=seat07")
        carried_out(checkout, answered)
        done.add(verb)
    assert done == {"provision", "slips", "report", "reset", "collect", "remove", "restore"} - (
        {"slips"} if "`make slips" not in CLASSROOM else set()
    )
    assert machine.student("cat letter.txt") == "mine"
    assert (checkout.root / "inventories/mine/collected/slips.html").is_file()


def test_existing_machines(checkout: Checkout, machine: Machine, address: str) -> None:
    """Without a roster: looked at, provisioned, and proven by the core machine tests."""
    machine.out(f"userdel --remove {expected.USER}; rm -f /etc/coursebox/owner; hostname tedu")
    first, *rest = commands(EXISTING)
    carried_out(checkout, first)
    filled_in(checkout, address)
    (checkout.root / "build").mkdir(exist_ok=True)
    for block in rest:
        command = block.replace("192.0.2.11", address).replace("make tools\n", "")
        option = LOGIN.replace("=", " ").replace(" -o ", "\\n  ")
        command = command.replace("User teacher", f"User vagrant\\n  {option}")
        said = carried_out(checkout, command)
    assert re.search(r"\d+ passed", said), said[-2000:]
