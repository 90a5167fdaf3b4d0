"""Waits until something in a folder was saved, by looking at it several times a second.

What counts is how two snapshots differ, not single events: an editor that writes a new file and renames it, a file that was
deleted and made anew, and a burst of saves all come out right, also in a shared folder of a virtual machine.
"""

from __future__ import annotations

import os
import re
import stat
import time
from typing import Final

# What editors and Python keep beside the work: swap files, backups, locks, bytecode.
_ASIDE: Final = re.compile(r"\.(.*\.)?sw[a-z]|.*~|\.?#.*|__pycache__|.*\.pyc|\.git")
# Seconds between snapshots, and how long nothing may change before a save counts as finished: soon enough to seem at
# once, and 0.1 % of a processor for an exercise's few files.
_INTERVAL_SECONDS: Final = 0.2
# Snapshots of many files take their time, but no more of a processor than this share.
_LARGEST_SHARE: Final = 0.05
# How long to wait at most, for a program that writes on and on and between snapshots.
_LONGEST_SECONDS: Final = 3.0


# By path in the folder, what a save changes of a file: inode, mode, and unless it is a folder size, time of the last change
# of content, and time of the last change of any kind, which no program can set back.
Snapshot = dict[str, tuple[int, ...]]


def snapshot(folder: str) -> Snapshot:
    """Return what is in a folder; what cannot be read, or goes away meanwhile, is left out."""
    found: Snapshot = {}
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if _ASIDE.fullmatch(entry.name):
                        continue
                    there = entry.stat(follow_symlinks=False)
                    file: tuple[int, ...] = (there.st_ino, there.st_mode)
                    if stat.S_ISDIR(there.st_mode):
                        waiting.append(entry.path)
                    else:
                        file += (there.st_size, there.st_mtime_ns, there.st_ctime_ns)
                    found[entry.path[len(folder) + 1 :]] = file
        except OSError:
            continue
    return found


def wait(folder: str, seen: Snapshot) -> Snapshot:
    """Return a folder's snapshot when it differs from `seen`, and from one taken a moment before no longer."""
    last, pause, deadline = seen, _INTERVAL_SECONDS, time.monotonic() + _LONGEST_SECONDS
    while True:
        time.sleep(pause)
        began = time.monotonic()
        now = snapshot(folder)
        if now == seen:
            deadline = began + _LONGEST_SECONDS
        elif now == last or began > deadline:
            return now
        last = now
        pause = (time.monotonic() - began) / _LARGEST_SHARE
        pause = min(max(_INTERVAL_SECONDS, pause), _LONGEST_SECONDS)
