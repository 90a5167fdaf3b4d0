"""What a sync has to do: the course's files, compared with what was installed and with what the student has now."""

from __future__ import annotations

import io
import os
import stat
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lab import owner, paths, safe_fs
from lab.errors import BrokenError
from lab.safe_fs import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.sync.manifest import Record

ADD: Final = "add"
UPDATE: Final = "update"
NEW_VERSION: Final = "new version"
# Folders of a lab, and their names in the student's folder of that lab.
_FOLDERS: Final = {"examples": "examples", "starter": "work"}


class Source(NamedTuple):
    """One of the course's files: its place under a lab's folder, its content with the hash, and its mode."""

    place: str
    content: bytes
    digest: str
    mode: int


class Step(NamedTuple):
    """A file to install: ADD, UPDATE in place of an unmodified one (as `seen`), or NEW_VERSION beside a modified one."""

    lab: str
    source: Source
    kind: str
    seen: os.stat_result | None

    @property
    def name(self) -> str:
        """The file's path in `~/labs`."""
        return f"{self.lab}/{self.source.place}"


class Plan:
    """One comparison; nothing on the disk is changed by it."""

    def __init__(
        self, course: dict[str, list[Source]], labs: dict[str, Record], restore: bool
    ) -> None:
        """Compare; `labs` are the manifest's records, which are brought up to date here. Raises Skipped and OSError.

        With `restore` what the student deleted is to be added again.
        """
        self.labs = labs
        self.steps: list[Step] = []
        self.folders: list[str] = []
        self.modified: list[str] = []
        self.deleted: list[str] = []
        self.skipped: list[str] = []
        self._restore = restore
        self._recorded = False
        top = safe_fs.open_folder(None, paths.labs(), "~/labs")
        # A student who removed all of `~/labs` begins anew.
        if top is None:
            self.labs = {}
        with safe_fs.closing(top):
            for lab, sources in course.items():
                self._compare_lab(top, lab, sources)
            if top is not None and (self.steps or self.folders) and not safe_fs.is_writable(top):
                cure = owner.cure(paths.labs())
                raise Skipped(f"~/labs 不能写 (permission denied)，什么也没有做。{cure}")

    @property
    def changed(self) -> bool:
        """Say whether anything has to be installed or recorded."""
        return bool(self.steps or self.folders or self._recorded)

    def entry(self, step: Step) -> dict[str, Any]:
        """Return a file's entry in the manifest, an empty one where there is none yet."""
        return self.labs.setdefault(step.lab, {}).setdefault(step.source.place, {})

    def _compare_lab(self, labs: int | None, lab: str, sources: list[Source]) -> None:
        """Plan one lab; what is in a folder that must not be entered is skipped, and nothing else."""
        record = self.labs.get(lab)
        skipped: set[str] = set()
        try:
            top = None if labs is None else safe_fs.open_folder(labs, lab, f"~/labs/{lab}")
        except Skipped as error:
            self.skipped.append(str(error))
            return
        if top is None and (record is None or self._restore):
            self.folders.append(lab)
        elif record is None:
            self.labs[lab] = {}
            self._recorded = True
        with safe_fs.closing(top):
            for source in sources:
                inner = os.path.dirname(source.place)
                if inner in skipped:
                    continue
                try:
                    self._compare(top, lab, source)
                except Skipped as error:
                    skipped.add(inner)
                    self.skipped.append(str(error))

    def _compare(self, top: int | None, lab: str, source: Source) -> None:
        entry = self.labs.get(lab, {}).get(source.place, {})
        there, digest, writable = _find(top, f"~/labs/{lab}", source.place)
        name = f"{lab}/{source.place}"
        kind = ""
        if there is None:
            if entry.get("hash") and not self._restore:
                self.deleted.append(name)
            else:
                kind = ADD
        elif digest == source.digest:
            if entry != {"hash": digest}:
                self.labs.setdefault(lab, {})[source.place] = {"hash": digest}
                self._recorded = True
        elif digest is not None and digest in (entry.get("hash"), entry.get("next")):
            kind = UPDATE
        elif source.digest != entry.get("hash"):
            self.modified.append(name)
            if (entry.get("new_version") or {}).get("hash") != source.digest:
                kind = NEW_VERSION
        if kind and not writable:
            shown = os.path.dirname(f"~/labs/{name}")
            cure = safe_fs.cure(shown)
            raise Skipped(f"{shown} 不能写 (permission denied)，里面的内容跳过了。{cure}")
        if kind:
            self.steps.append(Step(lab, source, kind, there))


def read_course(root: str) -> dict[str, list[Source]]:
    """Return every lab's examples and starter. Raises BrokenError."""
    found: dict[str, list[Source]] = {}
    try:
        for chapter in sorted(os.listdir(root)):
            above = os.path.join(root, chapter)
            for lab in sorted(os.listdir(above)) if os.path.isdir(above) else ():
                folder = os.path.join(above, lab)
                if os.path.isfile(os.path.join(folder, "lab.toml")):
                    found[lab] = [
                        source
                        for ours, theirs in _FOLDERS.items()
                        for source in _sources(os.path.join(folder, ours), theirs)
                    ]
    except OSError as error:
        raise BrokenError(f"读不到课程文件 {root}（{error.strerror}）。") from error
    if not found:
        raise BrokenError(f"{root} 里没有实验。")
    return found


def _sources(folder: str, within: str) -> Iterator[Source]:
    if not os.path.isdir(folder):
        return
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        place = f"{within}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _sources(entry.path, place)
        elif entry.is_file(follow_symlinks=False) and not entry.name.endswith(".pyc"):
            with open(entry.path, "rb") as file:
                content = file.read()
            mode = 0o755 if entry.stat().st_mode & stat.S_IXUSR else 0o644
            yield Source(place, content, safe_fs.digest(io.BytesIO(content)), mode)


def _find(
    top: int | None, shown: str, place: str
) -> tuple[os.stat_result | None, str | None, bool]:
    """Return a student's file as it looks, its content's hash, and whether its folder can be written.

    Something else than a file, or one that cannot be read, has no hash: the student made it so.
    """
    if top is None:
        return None, None, True
    *inner, name = place.split("/")
    folder = os.dup(top)
    try:
        for part in inner:
            shown = f"{shown}/{part}"
            below = safe_fs.open_folder(folder, part, shown)
            if below is None:
                return None, None, safe_fs.is_writable(folder)
            os.close(folder)
            folder = below
        writable = safe_fs.is_writable(folder)
        try:
            there = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None, None, writable
        except PermissionError as error:
            raise Skipped(
                f"{shown} 打不开（{error.strerror}），里面的内容跳过了。{safe_fs.cure(shown)}"
            ) from error
        return (
            there,
            safe_fs.digest_of(folder, name) if stat.S_ISREG(there.st_mode) else None,
            writable,
        )
    finally:
        os.close(folder)
