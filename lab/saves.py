"""Waits until something in a folder was saved: inotify tells at once, and a look now and then misses nothing.

Imported by `lab check --watch` alone. What counts is what two looks at the folder show, not single events: an editor that
writes a new file and renames it, a file that was deleted and made anew, and a burst of saves all come out right.
"""

from __future__ import annotations

import os
import re
import stat
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

if TYPE_CHECKING:
    from collections.abc import Iterator

# What editors and Python keep beside the work: swap files, backups, locks, bytecode.
_ASIDE: Final = re.compile(r"\.(.*\.)?sw[a-z]|.*~|\.?#.*|__pycache__|.*\.pyc|\.git")
# A program that only reads is no save.
_EVENTS: Final[list[type[FileSystemEvent]]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
# Seconds: how long nothing may change before a save counts as finished, and how long that is waited for at most.
_QUIET: Final = 0.2
_LONGEST: Final = 3.0
# Seconds between looks: with inotify for disks that send no events, as shared folders of a virtual machine; without it.
_LOOK: Final = 3.0
_LOOK_ALONE: Final = 1.0


class File(NamedTuple):
    """What a save changes."""

    inode: int
    mode: int
    size: int
    changed: int


Look = dict[str, File]


def look(folder: str) -> Look:
    """Return what stands in a folder now; what cannot be read, or goes away meanwhile, is not there."""
    found: Look = {}
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    if _ASIDE.fullmatch(entry.name):
                        continue
                    there = entry.stat(follow_symlinks=False)
                    name = os.path.relpath(entry.path, folder)
                    if stat.S_ISDIR(there.st_mode):
                        waiting.append(entry.path)
                        # A folder's own size and time say only what its files say.
                        found[name] = File(there.st_ino, there.st_mode, 0, 0)
                    else:
                        found[name] = File(
                            there.st_ino, there.st_mode, there.st_size, there.st_mtime_ns
                        )
        except OSError:
            continue
    return found


class Saves:
    """Whoever waits for saves in one folder."""

    def __init__(self, folder: str) -> None:
        """Take the folder; it may go away and come back."""
        self._folder = folder
        self._inotify = True
        # The library's threads may stumble over a folder that goes away; the looks go on.
        threading.excepthook = lambda args: None

    @property
    def told_at_once(self) -> bool:
        """Say whether the system had room for another watch."""
        return self._inotify

    def wait(self, seen: Look) -> Look:
        """Return how the folder looks as soon as it looks otherwise than `seen`, once it changes no more.

        Threads run only in here: what is started elsewhere may fork without care.
        """
        with self._told() as told:
            while True:
                told.clear()
                now = look(self._folder)
                if now != seen:
                    now = self._settled(now)
                if now != seen:
                    return now
                told.wait(_LOOK if self._inotify else _LOOK_ALONE)

    def try_out(self) -> None:
        """Find out whether the system has room for another watch."""
        with self._told():
            pass

    def _settled(self, now: Look) -> Look:
        deadline = time.monotonic() + _LONGEST
        while time.monotonic() < deadline:
            time.sleep(_QUIET)
            later = look(self._folder)
            if later == now:
                break
            now = later
        return now

    @contextmanager
    def _told(self) -> Iterator[threading.Event]:
        """Give an event that is set at each change, if the system can tell."""
        told = threading.Event()
        observer = Observer()
        if self._inotify and os.path.isdir(self._folder):
            try:
                observer.schedule(_Teller(told), self._folder, recursive=True, event_filter=_EVENTS)
                observer.start()
            except FileNotFoundError:
                pass
            except OSError:
                # No watches left, or no more of what carries them.
                self._inotify = False
        try:
            yield told
        finally:
            if observer.is_alive():
                observer.stop()
                observer.join()


class _Teller(FileSystemEventHandler):
    def __init__(self, told: threading.Event) -> None:
        self._told = told

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Pass the news on."""
        self._told.set()
