"""Gives back to the student what root made in the home, for example by sudo; arguments: account. Runs as root.

The home is the student's to change at any moment, so nothing here trusts a name: every folder is opened without following
links, every owner is changed through the open file, and only of folders and of plain files that have this one name.
"""

import os
import pwd
import stat
import sys

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_DEEPEST = 200
account = pwd.getpwnam(sys.argv[1])
# Unreadable output would end the run; names are the student's.
sys.stdout.reconfigure(errors="backslashreplace")


def give(handle, path):
    """Change the owner of what is open, unless that would be somebody else's file by another name."""
    there = os.fstat(handle)
    if there.st_uid == account.pw_uid:
        return
    # The probe tells of those with another name.
    if not stat.S_ISDIR(there.st_mode) and (not stat.S_ISREG(there.st_mode) or there.st_nlink != 1):
        return
    group = account.pw_gid if there.st_gid == 0 else -1
    try:
        os.fchown(handle, account.pw_uid, group)
        print("changed", path)
    except OSError as error:
        print("left", path, error.strerror)


def walk(folder, path, device, depth):
    """Give back all in a folder, which belongs to whoever called."""
    if depth > _DEEPEST:
        return
    for name in os.listdir(folder):
        below = f"{path}/{name}"
        try:
            kind = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if kind.st_dev != device or not (
                stat.S_ISDIR(kind.st_mode) or stat.S_ISREG(kind.st_mode)
            ):
                continue
            if stat.S_ISREG(kind.st_mode) and kind.st_uid == account.pw_uid:
                continue
            handle = os.open(name, _FOLDER if stat.S_ISDIR(kind.st_mode) else _FILE, dir_fd=folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            print("left", below, error.strerror)
            continue
        try:
            give(handle, below)
            if stat.S_ISDIR(kind.st_mode):
                walk(handle, below, device, depth + 1)
        finally:
            os.close(handle)


try:
    home = os.open(account.pw_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
except (FileNotFoundError, NotADirectoryError):
    sys.exit()  # the next state makes one
walk(home, "~", os.fstat(home).st_dev, 0)
