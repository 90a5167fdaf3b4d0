"""Finds what a student cannot use in the own home, root's files above all, and names the command that mends it."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator

from lab import paths
from lab.i18n import translated as _

_FOLDER = stat.S_IRWXU
_FILE = stat.S_IRUSR | stat.S_IWUSR


def cure(path: str) -> str:
    """Return what on the way to `path`, or beneath it, is not the student's or is closed to its owner, with its cure.

    Nothing where all of it is open to the student, or stands outside of the home.
    """
    home = paths.home()
    if not path.startswith(f"{home}/"):
        return ""
    said = way(path)
    if said:
        return said
    return next(filter(None, (_said(place, home) for place in _beneath(path))), "")


def way(path: str) -> str:
    """Return the cure of the first thing on the way to `path`, itself included, or nothing."""
    home = paths.home()
    place = home
    for part in os.path.relpath(path, home).split(os.sep):
        place = os.path.join(place, part)
        said = _said(place, home)
        if said:
            return said
    return ""


def locked_in(tree: str) -> str:
    """Return the cure of the first folder in a tree whose content the student cannot take away, or nothing.

    A file of root's in a folder of one's own can be taken away; one in root's folder cannot. Modes are no hindrance to
    the owner, who may change them.
    """
    home = paths.home()
    for place in [tree, *_beneath(tree)]:
        try:
            there = os.lstat(place)
        except OSError:
            continue
        if not stat.S_ISDIR(there.st_mode) or there.st_uid == os.geteuid():
            continue
        # An empty folder can be removed, whoever owns it; one that cannot be read may hold something.
        if not os.access(place, os.R_OK | os.W_OK | os.X_OK) and not _is_empty(place):
            return _said(place, home)
    return ""


def _beneath(tree: str) -> Iterator[str]:
    """Yield what a tree holds, however deep, as far as the system takes its paths; links are not followed."""
    waiting = [tree]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            yield entry.path
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)


def _is_empty(folder: str) -> bool:
    try:
        return not os.listdir(folder)
    except OSError:
        return False


def _said(place: str, home: str) -> str:
    try:
        there = os.lstat(place)
    except OSError:
        return ""
    if stat.S_ISLNK(there.st_mode):
        return ""
    shown = f"~{place[len(home) :]}"
    if there.st_uid != os.geteuid():
        top = os.path.join(home, os.path.relpath(place, home).split(os.sep)[0])
        named = _typed(top, home)
        text = _(
            "{path} 是 {owner} 的，不是你的，多半是用 sudo 做的。拿回来：sudo chown -R {user}: {top}"
        )
        return text.format(
            path=shown, owner=_name(there.st_uid), user=_name(os.geteuid()), top=named
        )
    wanted = _FOLDER if stat.S_ISDIR(there.st_mode) else _FILE
    if there.st_mode & wanted != wanted and os.geteuid() != 0:
        text = _("{path} 的权限把你自己关在外面了。打开：chmod u+rwX {typed}")
        return text.format(path=shown, typed=_typed(place, home))
    return ""


def _typed(place: str, home: str) -> str:
    """Return a path as a shell takes it."""
    return f"~/{shlex.quote(os.path.relpath(place, home))}"


def _name(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
