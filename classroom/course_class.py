"""A class on the instructor's side: its folder with the roster, and where what belongs to it is kept."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from classroom import passwords, roster, variables
from classroom.files import replace
from classroom.i18n import translated as _
from host.lock import alone
from host.paths import ROOT

ROSTER = "roster.csv"
HOSTS = "hosts.yml"
IDENTITY = "class-id"
IDENTITY_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"
# What no path may hold that is shown, and handed on to Ansible.
UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


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
    def collected(self) -> Path:
        """Where what the class hands in goes: git ignores it, only the instructor may read it. Raises ClassError.

        A folder of version 0.1.0, where it was named `kept`, is taken over.
        """
        path = self.folder / "collected"
        former = self.folder / "kept"
        try:
            if former.is_dir() and not os.path.lexists(path):
                former.rename(path)
            path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ClassError(
                _(
                    "{path}：建不了这个文件夹（{strerror}），收来的东西没有地方放。让班级文件夹可以写，或者把它挪到可以写的地方，再用 CLASS=… 说明。",
                    path=path,
                    strerror=error.strerror,
                )
            ) from error
        return path

    def passwords(self) -> dict[str, str]:
        """Return each student's password by number, making those that are missing. Raises ClassError."""
        try:
            return passwords.ensure(self.folder, [s.number for s in self.roster.students])
        except passwords.VaultError as error:
            raise ClassError(str(error)) from error

    def ensure_identity(self) -> None:
        """Give the class an identity of its own unless it has one; a copied folder is the same class. Raises ClassError."""
        if identity(self.folder):
            return
        path = self.folder / IDENTITY
        # Else two verbs at once would make two of them.
        with alone("class-id"):
            if identity(self.folder):
                return
            try:
                replace(path, f"{secrets.token_hex(4)}\n".encode())
            except OSError as error:
                raise ClassError(
                    _(
                        "{path}：写不了（{strerror}），班级没有自己的班号。让班级文件夹可以写，或者自己写一个，例如 echo net2026 > {path}",
                        path=path,
                        strerror=error.strerror,
                    )
                ) from error


def identity(folder: Path) -> str:
    """Return what tells the class of a folder from every other one; nothing before its first verb. Raises ClassError."""
    path = folder / IDENTITY
    if not os.path.lexists(path):
        return ""
    try:
        found = path.read_text("ascii").strip()
    except (OSError, ValueError):
        found = "?"
    if found and not re.fullmatch(IDENTITY_PATTERN, found):
        raise ClassError(
            _(
                "{path}：不是班号。里面是一行字母、数字、- 和 _，最多 32 个；从别处拷来原来的，或者删掉它，下一次会做一个新的。",
                path=path,
            )
        )
    return found


def find(named: str | None) -> CourseClass:
    """Return the class in a folder, or the only one under inventories/ where none is named. Raises ClassError."""
    if named is not None and not named.strip():
        raise ClassError(
            _(
                "CLASS={named!a}：没有写班级文件夹。例如 CLASS=inventories/mine；只有一个班就不写 CLASS。",
                named=named,
            )
        )
    try:
        folder = _only() if named is None else Path(named).resolve()
    except (OSError, ValueError) as error:
        raise ClassError(
            _("CLASS={named!a}：不能用（{error}）。写班级文件夹的路径。", named=named, error=error)
        ) from error
    if found := UNFIT.search(str(folder)):
        raise ClassError(
            _(
                "CLASS={folder!a}：路径里有 {found!a}，不是看得见的文字：请给文件夹改名。",
                folder=str(folder),
                found=found[0],
            )
        )
    if os.path.isfile(folder):
        raise ClassError(
            _(
                "CLASS={named}：是一个文件。写它所在的文件夹：CLASS={parent}。",
                named=named,
                parent=folder.parent,
            )
        )
    path = folder / ROSTER
    if not os.path.isfile(path):
        raise ClassError(
            _(
                "{folder} 里没有 {roster}：把 inventories/example 复制成 {folder}，再填名单。",
                folder=folder,
                roster=ROSTER,
            )
        )
    if wrong := variables.fault(folder, folder / HOSTS):
        raise ClassError(wrong)
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
            _(
                "还没有班级：把 inventories/example 复制成 inventories/我的班，填好 {roster}，再来一次。",
                roster=ROSTER,
            )
        )
    names = _("、").join(os.path.relpath(path) for path in found)
    raise ClassError(_("有好几个班：{names}。用 CLASS=… 说明是哪一个。", names=names))
