"""Paths of the course's files, the student's working copies and the student's state."""

from __future__ import annotations

import os

from lab.errors import FailedError, WrongUseError


def labfiles() -> str:
    """Return the folder of the pristine lab files: beside this package, or where COURSEBOX_LABFILES says."""
    named = os.environ.get("COURSEBOX_LABFILES")
    if named:
        return os.path.abspath(named)
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "labfiles")


def home() -> str:
    """Return the student's home."""
    return os.path.expanduser("~")


def own_home() -> str:
    """Return the home after making sure that it belongs to who runs this, and that this is no sudo.

    Otherwise root would leave files the student cannot edit, or use root's own home. Raises WrongUseError where sudo was
    used, and FailedError where the home is missing or somebody else's.
    """
    path = home()
    if os.geteuid() == 0 and os.environ.get("SUDO_USER", "root") != "root":
        raise WrongUseError("你的练习和进度是你自己的，不是 root 的：请不要在 lab 前面加 sudo。")
    try:
        owner = os.stat(path).st_uid
    except OSError as error:
        raise FailedError(f"找不到你的主目录 {path}（{error.strerror}）。") from error
    if owner != os.geteuid():
        raise FailedError(f"主目录 {path} 不是当前用户的，什么也没有写。请不要在 lab 前面加 sudo。")
    return path


def labs() -> str:
    """Return the folder of the student's working copies."""
    return os.path.join(home(), "labs")


def work(lab: str) -> str:
    """Return the folder where the student works on a lab's exercise."""
    return os.path.join(labs(), lab, "work")


def tilde(path: str) -> str:
    """Return a path as the student would type it, `~` for the home."""
    within = path.removeprefix(f"{home()}/")
    return path if within == path else f"~/{within}"


def state_dir() -> str:
    """Return the folder of the student's state."""
    return os.path.join(home(), ".local", "state", "coursebox")
