"""Files and folders of a student's, handled so that nothing in them can mislead the command."""

from __future__ import annotations

import errno
import itertools
import os


def remove(tree: str) -> None:
    """Remove a folder with all in it, also what its owner may not enter, however deep it goes; raises OSError.

    What stands deeper is first moved up, so that no path is ever too long.
    """
    os.chmod(tree, 0o700)
    name = os.path.join(tree, f".lab-{os.urandom(8).hex()}-")
    count = itertools.count()
    while there := _entries(tree):
        for entry in there:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            for inner in _entries(entry.path):
                if not inner.is_dir(follow_symlinks=False):
                    os.unlink(inner.path)
                    continue
                os.chmod(inner.path, 0o700)
                try:
                    os.rename(inner.path, f"{name}{next(count)}")
                except OSError as error:
                    if error.errno != errno.EXDEV:
                        raise
                    # A folder of a container's image cannot be renamed on overlayfs.
                    remove(inner.path)
            os.rmdir(entry.path)
    os.rmdir(tree)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)
