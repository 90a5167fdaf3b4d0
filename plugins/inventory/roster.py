"""A class as an inventory: `-i inventories/mine` with a roster.csv in it makes each seat a host of the group `seats`.

Where Vagrant made a seat of this checkout, the way in is Vagrant's; else it comes from another file of the inventory.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.utils.unsafe_proxy import wrap_var

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from classroom import passwords, roster  # noqa: E402

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
        place = Path(path)
        try:
            found = roster.load(place)
            known = passwords.load(place.parent)
        except (roster.RosterError, passwords.VaultError) as error:
            raise SystemExit(f"[ERROR]: {error}") from error
        for remark in found.remarks:
            self.display.warning(remark)
        made = _made_by_vagrant()
        self.inventory.add_group("seats")
        for student in found.students:
            self.inventory.add_host(student.seat, group="seats")
            for name, value in _variables(student, known, made).items():
                # Else an older ansible-core would read what stands in the roster as a template.
                self.inventory.set_variable(student.seat, name, wrap_var(value))


def _variables(student: roster.Student, known: dict[str, str], made: set[str]) -> dict[str, object]:
    variables: dict[str, object] = {
        "class_student": {
            "number": student.number,
            "name": student.name,
            "group": student.group,
        },
        "users_owner": student.number,
        "system_hostname": student.seat.partition(".")[0],
    }
    if student.number in known:
        variables["users_password"] = known[student.number]
    if student.key:
        variables["users_authorized_keys"] = [student.key]
    if student.seat in made:
        variables["ansible_ssh_common_args"] = f"-F {_SSH_CONFIG}"
    return variables


def _made_by_vagrant() -> set[str]:
    if not _SSH_CONFIG.exists():
        return set()
    text = _SSH_CONFIG.read_text(encoding="utf-8")
    return set(re.findall(r"^Host (\S+)$", text, re.MULTILINE))
