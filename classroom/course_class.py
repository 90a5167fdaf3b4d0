"""A class on the instructor's side: its folder with the roster, and where what belongs to it is kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from classroom import passwords, roster
from host.paths import ROOT

ROSTER = "roster.csv"
HOSTS = "hosts.yml"


class ClassError(Exception):
    """A verb cannot be carried out; the message says why and what to do."""


@dataclass(frozen=True)
class CourseClass:
    """A class: `folder` holds roster.csv, and where they are needed hosts.yml, group_vars/ and host_vars/.

    Whatever else stands there is the instructor's own, and nobody reads it.
    """

    folder: Path
    roster: roster.Roster

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def roster_path(self) -> Path:
        """The roster's file."""
        return self.folder / ROSTER

    @property
    def sources(self) -> list[Path]:
        """What Ansible reads as the inventory; group_vars/ and host_vars/ beside them it finds itself."""
        hosts = self.folder / HOSTS
        return [self.roster_path, *([hosts] if hosts.exists() else [])]

    @property
    def kept(self) -> Path:
        """Where what the class hands in is kept: git ignores it, only the instructor may read it. Raises ClassError."""
        path = self.folder / "kept"
        try:
            path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ClassError(
                f"{path}：建不了（{error.strerror}）。班级文件夹要是你自己的：sudo chown -R $(id -u) {self.folder}。"
            ) from error
        return path

    def passwords(self) -> dict[str, str]:
        """Return each student's password by number, making those that are missing. Raises ClassError."""
        try:
            return passwords.ensure(self.folder, [s.number for s in self.roster.students])
        except passwords.VaultError as error:
            raise ClassError(str(error)) from error


def find(named: str) -> CourseClass:
    """Return the class in a folder, or the only one under inventories/ where none is named. Raises ClassError."""
    folder = Path(named).resolve() if named else _only()
    path = folder / ROSTER
    if not path.is_file():
        raise ClassError(
            f"{folder} 里没有 {ROSTER}：把 inventories/example 复制成 {folder}，再填名单。"
        )
    hosts = folder / HOSTS
    if os.path.lexists(hosts) and not (hosts.is_file() and os.access(hosts, os.R_OK)):
        raise ClassError(f"{hosts}：不是能读的文件。座位的地址写在这个文件里；用不着就删掉它。")
    try:
        return CourseClass(folder, roster.load(path))
    except roster.RosterError as error:
        raise ClassError(str(error)) from error


def _only() -> Path:
    found = [
        path.parent
        for path in sorted((ROOT / "inventories").glob(f"*/{ROSTER}"))
        if path.parent.name != "example"
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ClassError(
            f"还没有班级：把 inventories/example 复制成 inventories/我的班，填好 {ROSTER}，再来一次。"
        )
    names = "、".join(os.path.relpath(path) for path in found)
    raise ClassError(f"有好几个班：{names}。用 CLASS=… 说明是哪一个。")
