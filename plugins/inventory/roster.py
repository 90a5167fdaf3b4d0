"""A class as an inventory: `-i inventories/mine` with a roster.csv in it makes each seat a host of the group `seats`.

Where `make up` made a seat of this checkout, the way in is the one that it wrote down; else hosts.yml says it.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.utils.unsafe_proxy import wrap_var

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from classroom import course_class, passwords, roster  # noqa: E402

DOCUMENTATION = """
name: roster
short_description: Reads a class's roster.csv.
description:
  - Columns 学号, 姓名, 班级, optional 座位 and 公钥, as a spreadsheet saves them.
options: {}
"""
_SSH_CONFIG = ROOT / "build/seats/ssh_config"


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]
    """The inventory plugin `roster`."""

    NAME = "roster"

    def verify_file(self, path: str) -> bool:
        """Say whether a file is a roster: any CSV."""
        return bool(super().verify_file(path)) and path.lower().endswith(".csv")

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add each student's seat, with what the roles need to know.

        A roster that cannot be read ends Ansible at once: after an error it would let its other plugins try the file,
        and the one for INI takes any line for a host.
        """
        super().parse(inventory, loader, path, cache)
        # A machine that provisions itself has no host tool, and no roster either.
        from host import connections, machines
        from host.errors import HostError

        place = Path(path)
        try:
            found = roster.load(place)
            known = passwords.load(place.parent)
            identity = course_class.identity(place.parent)
            sockets = connections.folder(place.parent)
            made = _made_here(machines.existing())
        except (
            roster.RosterError,
            passwords.VaultError,
            course_class.ClassError,
            HostError,
        ) as error:
            raise SystemExit(f"[ERROR]: {error}") from error
        for remark in found.remarks:
            self.display.warning(remark)
        self.inventory.add_group("seats")
        for student in found.students:
            self.inventory.add_host(student.seat, group="seats")
            self.inventory.set_variable(student.seat, "ansible_control_path_dir", str(sockets))
            for name, value in _variables(student, identity, known, made).items():
                # Else an older ansible-core would read what stands in the roster as a template.
                self.inventory.set_variable(student.seat, name, wrap_var(value))


def _variables(
    student: roster.Student, identity: str, known: dict[str, str], made: dict[str, str]
) -> dict[str, object]:
    variables: dict[str, object] = {
        "class_student": {
            "number": student.number,
            "name": student.name,
            "group": student.group,
        },
        "users_owner": student.number,
        "users_class": identity,
        "system_hostname": student.seat.partition(".")[0],
    }
    if student.number in known:
        variables["users_password"] = known[student.number]
    if student.key:
        variables["users_authorized_keys"] = [student.key]
    if student.seat in made:
        variables["ansible_ssh_common_args"] = f"-F {shlex.quote(str(_SSH_CONFIG))}"
        # Else what group_vars say of PCs would hold for these too.
        variables["ansible_user"] = made[student.seat]
    return variables


def _made_here(names: Collection[str]) -> dict[str, str]:
    """Return the account that lets in on each seat that this checkout has made, which are those of `names`.

    What a copied checkout has of its original's seats does not count.
    """
    if not _SSH_CONFIG.exists():
        return {}
    text = _SSH_CONFIG.read_text(encoding="utf-8")
    known = re.findall(r"^Host (\S+)\n(?:[ \t]+.*\n)*?[ \t]+User (\S+)$", text, re.MULTILINE)
    return {name: user for name, user in known if name in names}
