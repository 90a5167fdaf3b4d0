"""Says whether a checkout can stand where it does, before anything is begun there."""

from __future__ import annotations

import os
import pwd
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from host.errors import HostError
from host.i18n import translated as _
from host.paths import BUILD, LOGS, ROOT, SEATS, VENV

# What ssh, Ansible, make, Vagrant or PATH read as something else in a path, whatever quotes stand around it.
_UNFIT = re.compile("[\\x00-\\x1f\\x7f\"'\\\\$`:%{}\ud800-\udfff]")
_LONGEST = 400


def verify() -> None:
    """Raise HostError for a checkout whose path a tool misreads, or that this account cannot write to."""
    verify_path(ROOT)
    for path in _written():
        if not os.access(path, os.W_OK):
            raise HostError(_unwritable(path))


def verify_path(root: Path) -> None:
    """Raise HostError for the path of a checkout that some tool would misread."""
    text = str(root)
    if found := _UNFIT.search(text):
        raise HostError(
            _(
                "这个目录的路径 {text!a} 里有 {found!a}，有的工具会读错：请改名或移到别处（汉字和空格都可以，引号、反斜杠、$ ` : % {{ }} 和控制字符不行）。",
                text=text,
                found=found[0],
            )
        )
    if len(os.fsencode(text)) > _LONGEST:
        raise HostError(
            _(
                "这个目录的路径太长（{count} 个字节，至多 {longest}）：请移到别处。{text}",
                count=len(os.fsencode(text)),
                longest=_LONGEST,
                text=text,
            )
        )


def explain(error: OSError) -> str:
    """Return in one line what a file that cannot be read or written means, and the cure."""
    place = str(error.filename or "")
    if isinstance(error, PermissionError) and place.startswith(str(ROOT)):
        return _unwritable(Path(place))
    return _(
        "{place}：{reason}。请检查它的主人、权限和磁盘。",
        place=place or _("操作系统"),
        reason=error.strerror or error,
    )


def _written() -> Iterator[Path]:
    """Yield what verbs write to, as far as it is there."""
    yield ROOT
    for folder in (BUILD, LOGS, SEATS):
        if os.access(folder, os.R_OK | os.X_OK):
            yield from folder.iterdir()
    yield from (path for path in (BUILD, VENV, VENV / "bin", ROOT / ".vagrant") if path.exists())


def _unwritable(path: Path) -> str:
    if os.path.lexists(path) and os.statvfs(path).f_flag & os.ST_RDONLY:
        return _(
            "{path} 在只读的文件系统上：请把整个目录 {root} 拷到写得了的地方再用。",
            path=path,
            root=ROOT,
        )
    try:
        owner = pwd.getpwuid(path.lstat().st_uid).pw_name
    except (KeyError, OSError):
        owner = _("别人")
    return _(
        '写不了 {path}（它属于 {owner}，多半是用过一次 sudo make）：请运行 sudo chown -R "$(id -un)" {folder}，或者自己另拷一份。',
        path=path,
        owner=owner,
        folder=shlex.quote(str(ROOT)),
    )
