"""Where the open ssh connections of Ansible's stand: a folder of this checkout, one class and one account alone.

Two classes may both have a seat of one name, and ssh would use whichever connection is open for it. The folder is short,
since a socket's whole path may have 108 bytes, however long the checkout's or the home's is.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from host.errors import HostError
from host.i18n import translated as _
from host.paths import ROOT

# Where the runtime folder is deeper, /tmp serves: what Ansible and ssh append takes 60 bytes more.
_LONGEST = 40


def folder(class_folder: Path | None = None) -> Path:
    """Return the folder for the checkout's connections, or a class's, made where it is missing.

    Raises HostError where it cannot be made, or is not this account's alone.
    """
    subject = f"{ROOT}\0{class_folder.resolve() if class_folder else ''}"
    digest = hashlib.sha256(os.fsencode(subject)).hexdigest()[:12]
    name = f"coursebox-{os.getuid()}-{digest}"
    path = _runtime() / name
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise HostError(
            _(
                "{path}：ssh 连接的文件夹建不了（{reason}）。请删掉它，或者腾出空间。",
                path=path,
                reason=error.strerror,
            )
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise HostError(
            _("{path}：不是只有你能用的文件夹，ssh 连接不能放在那里。请把它删掉或改名。", path=path)
        )
    return path


def _runtime() -> Path:
    named = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(named) and len(os.fsencode(named)) <= _LONGEST:
        try:
            if os.stat(named).st_uid == os.getuid() and os.access(named, os.W_OK):
                return Path(named)
        except OSError:
            pass  # named, but not there: as after `su`
    return Path("/tmp")
