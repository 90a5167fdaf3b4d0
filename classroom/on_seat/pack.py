"""Runs on a seat as the student: writes `~/labs` and the progress as one tar.gz to standard output.

Arguments: the largest file and the largest whole, in bytes. What a hostile or careless home may hold (links, devices,
pipes, huge files, odd names, trees without end) is left out and named in the last member, `manifest.json`.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import stat
import sys
import tarfile

TAKEN = ("labs", ".local/state/coursebox")
MOST_FILES = 20000
DEEPEST = 30
MOST_NAMED = 200
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Packer:
    """Adds files to the archive, each opened without following links."""

    def __init__(self, archive: tarfile.TarFile, largest: int, whole: int) -> None:
        self.archive = archive
        self.largest = largest
        self.left = whole
        self.files: dict[str, str] = {}
        self.omitted: list[list[str]] = []
        self.omissions = 0

    def leave(self, name: str, reason: str) -> None:
        """Note what is left out."""
        self.omissions += 1
        if len(self.omitted) < MOST_NAMED:
            self.omitted.append([name, reason])

    def folder(self, parent: int, entry: str, name: str, depth: int) -> None:
        """Add a folder's files, in the order of their names."""
        if depth > DEEPEST:
            self.leave(name, "文件夹套得太深")
            return
        try:
            handle = os.open(entry, FOLDER, dir_fd=parent)
        except OSError as error:
            self.leave(name, error.strerror or "打不开")
            return
        try:
            for inner in sorted(os.listdir(handle)):
                self.anything(handle, inner, f"{name}/{inner}", depth)
        except OSError as error:
            self.leave(name, error.strerror or "读不了")
        finally:
            os.close(handle)

    def anything(self, parent: int, entry: str, name: str, depth: int) -> None:
        """Add what a name stands for, if it is a folder or a plain file."""
        try:
            mode = os.stat(entry, dir_fd=parent, follow_symlinks=False).st_mode
        except OSError as error:
            self.leave(name, error.strerror or "看不了")
            return
        if stat.S_ISDIR(mode):
            self.folder(parent, entry, name, depth + 1)
        elif stat.S_ISREG(mode):
            self.file(parent, entry, name)
        else:
            self.leave(name, "是链接" if stat.S_ISLNK(mode) else "不是普通文件")

    def file(self, parent: int, entry: str, name: str) -> None:
        """Add one file, as long as limits allow."""
        try:
            with open(os.open(entry, FILE, dir_fd=parent), "rb") as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode):
                    self.leave(name, "不是普通文件")
                elif found.st_size > self.largest:
                    self.leave(name, f"大于 {self.largest} 字节")
                elif found.st_size > self.left or len(self.files) >= MOST_FILES:
                    self.leave(name, "加起来太大")
                else:
                    # Read once, so that a file that grows meanwhile cannot break the archive.
                    self.add(name, file.read(self.largest), int(found.st_mtime), found.st_mode)
        except OSError as error:
            self.leave(name, error.strerror or "读不了")

    def add(self, name: str, content: bytes, changed: int, mode: int) -> None:
        """Add a member."""
        member = tarfile.TarInfo(name)
        member.size = len(content)
        member.mtime = changed
        member.mode = stat.S_IMODE(mode) & 0o777
        self.archive.addfile(member, io.BytesIO(content))
        self.left -= len(content)
        self.files[name] = hashlib.sha256(content).hexdigest()


def main() -> None:
    """Write the archive; the same home gives the same bytes."""
    largest, whole = int(sys.argv[1]), int(sys.argv[2])
    home = os.open(os.environ["HOME"], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    with (
        gzip.GzipFile("", "wb", 6, sys.stdout.buffer, mtime=0) as packed,
        tarfile.open(
            fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape"
        ) as archive,
    ):
        packer = Packer(archive, largest, whole)
        for name in TAKEN:
            try:
                os.stat(name, dir_fd=home, follow_symlinks=False)
            except FileNotFoundError:
                continue
            packer.anything(home, name, name, 0)
        manifest = {
            "files": packer.files,
            "left_out": packer.omitted,
            "left_out_count": packer.omissions,
        }
        packer.add("manifest.json", json.dumps(manifest).encode(), 0, 0o644)


main()
