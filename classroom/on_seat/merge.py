"""Runs on a seat as the student: brings an archived home back, so that nothing that stands there now is lost.

Arguments: a folder with the unpacked archive, the name of a folder in the home. What stands in the home and differs is moved
into that folder first. What lets people in today (`.ssh`) stays as it is. Prints how many files restored, and how many were moved.
"""

from __future__ import annotations

import filecmp
import os
import sys

KEPT = ".ssh"
MANIFEST = "manifest.json"


def same(one: str, other: str) -> bool:
    """Say whether two names stand for the same: links that point alike, or files with the same content."""
    if os.path.islink(one) or os.path.islink(other):
        linked = os.path.islink(one) and os.path.islink(other)
        return linked and os.readlink(one) == os.readlink(other)
    return os.path.isfile(one) and os.path.isfile(other) and filecmp.cmp(one, other, shallow=False)


class Merge:
    """Moves what was unpacked to where it was."""

    def __init__(self, home: str, aside: str) -> None:
        self.home = home
        self.aside = aside
        self.restored = 0
        self.moved = 0

    def folder(self, source: str, within: str) -> None:
        """Bring a folder's content back."""
        for name in sorted(os.listdir(source)):
            path = os.path.join(within, name)
            if path == KEPT and os.path.lexists(os.path.join(self.home, path)):
                continue
            self.anything(os.path.join(source, name), path)

    def anything(self, source: str, path: str) -> None:
        """Bring one name back; what is in its way, links among it, is moved aside and never followed."""
        target = os.path.join(self.home, path)
        if os.path.isdir(source) and not os.path.islink(source):
            if os.path.islink(target) or (os.path.lexists(target) and not os.path.isdir(target)):
                self.put_aside(target, path)
            if not os.path.lexists(target):
                os.mkdir(target, 0o700)
            self.folder(source, path)
            os.chmod(target, os.stat(source).st_mode & 0o7777)
            return
        if os.path.lexists(target):
            if same(source, target):
                return
            self.put_aside(target, path)
        os.rename(source, target)
        self.restored += 1

    def put_aside(self, target: str, path: str) -> None:
        """Move what stands there into the folder beside."""
        place = os.path.join(self.home, self.aside, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.rename(target, place)
        self.moved += 1


def main() -> None:
    """Merge, and say what was done."""
    stage, aside = sys.argv[1:]
    merge = Merge(os.environ["HOME"], aside)
    # What was collected has a list of itself beside the home's own folders.
    if os.path.isdir(os.path.join(stage, "labs")) and not os.path.lexists(
        os.path.join(stage, ".bashrc")
    ):
        listed = os.path.join(stage, MANIFEST)
        if os.path.lexists(listed):
            os.unlink(listed)
    merge.folder(stage, "")
    print(f"restored {merge.restored} {merge.moved}")


if __name__ == "__main__":
    main()
