"""Says whether a checkout can stand where it does, before anything is begun there."""

from __future__ import annotations

import os
import pwd
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from host.errors import HostError
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
            f"这个目录的路径 {text!a} 里有 {found[0]!a}，有的工具会读错：请改名或移到别处"
            "（汉字和空格都可以，引号、反斜杠、$ ` : % { } 和控制字符不行）。"
        )
    if len(os.fsencode(text)) > _LONGEST:
        raise HostError(
            f"这个目录的路径太长（{len(os.fsencode(text))} 个字节，至多 {_LONGEST}）：请移到别处。{text}"
        )


def explain(error: OSError) -> str:
    """Return in one line what a file that cannot be read or written means, and the cure."""
    place = str(error.filename or "")
    if isinstance(error, PermissionError) and place.startswith(str(ROOT)):
        return _unwritable(Path(place))
    return f"{place or '操作系统'}：{error.strerror or error}。请检查它的主人、权限和磁盘。"


def _written() -> Iterator[Path]:
    """Yield what verbs write to, as far as it is there."""
    yield ROOT
    for folder in (BUILD, LOGS, SEATS):
        if os.access(folder, os.R_OK | os.X_OK):
            yield from folder.iterdir()
    yield from (path for path in (BUILD, VENV, VENV / "bin", ROOT / ".vagrant") if path.exists())


def _unwritable(path: Path) -> str:
    if os.path.lexists(path) and os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"{path} 在只读的文件系统上：请把整个目录 {ROOT} 拷到写得了的地方再用。"
    try:
        owner = pwd.getpwuid(path.lstat().st_uid).pw_name
    except (KeyError, OSError):
        owner = "别人"
    return (
        f"写不了 {path}（它属于 {owner}，多半是用过一次 sudo make）："
        f'请运行 sudo chown -R "$(id -un)" {shlex.quote(str(ROOT))}，或者自己另拷一份。'
    )
