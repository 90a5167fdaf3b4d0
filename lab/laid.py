"""The working copies in `~/labs`: a three-way comparison that never costs a student a line of work.

What was laid is recorded in laid.json, what is about to be laid is recorded there before, so that a kill at any moment
leaves either version known as ours. Files appear whole, by rename from a folder beside them. Every folder is opened
without following links, and every file is reached through its folder, so nothing outside `~/labs` can be touched.
Files are not forced to the disk one by one: that would cost a class of seats more than it could save.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from lab import json_file, owner, paths
from lab.errors import BrokenError, FailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEMA: Final = 1
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_UNFINISHED: Final = ".lab-sync"
_PART: Final = ".part"
# Folders of a lab, and where their files are laid in the student's folder of that lab.
_LAID: Final = {"examples": "examples", "starter": "work"}
# A fault of these kinds belongs to one folder of the student's; any other ends the run.
_LOCAL: Final = (errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ELOOP, errno.EISDIR)

# One lab's record: for each file the hash that was laid, the one about to be laid, and what was laid beside it.
Record = dict[str, dict[str, Any]]


class Report(NamedTuple):
    """What a run did, or would do."""

    changed: bool
    added: int
    updated: int
    kept: list[str]
    beside: list[str]
    offered: list[str]
    blocked: list[str]


class _Source(NamedTuple):
    """A pristine file: its place under a lab's folder, its content, and whether it is a program."""

    place: str
    content: bytes
    digest: str
    mode: int


class _Step(NamedTuple):
    """A file to lay: anew, in place of an untouched one (with what that one looked like), or beside a changed one."""

    lab: str
    source: _Source
    kind: str
    seen: os.stat_result | None


class _Blocked(Exception):
    """A folder that must not be entered."""


def offered() -> list[str]:
    """Return the new versions that wait beside files that the student changed."""
    try:
        labs = _load(paths.state_dir())
    except (OSError, json_file.Damaged):
        return []
    found = []
    for lab, record in labs.items():
        for place, entry in record.items():
            beside = entry.get("beside")
            if beside:
                name = f"{lab}/{os.path.join(os.path.dirname(place), beside['name'])}"
                if os.path.lexists(os.path.join(paths.labs(), name)):
                    found.append(name)
    return sorted(found)


def bring(root: str, *, restore: bool, only_look: bool, lab: str | None = None) -> Report:
    """Bring the working copies, or those of one lab, to what `root` holds, or only look what that would change."""
    wanted = _pristine(root)
    if lab is not None:
        wanted = {lab: wanted[lab]}
    folder = paths.state_dir()
    try:
        home = os.open(paths.own_home(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if only_look:
                return _Run(home, wanted, _known(folder, only_look), restore).look()
            with json_file.locked(os.path.join(folder, "sync.lock")):
                run = _Run(home, wanted, _known(folder, only_look), restore)
                return run.carry_out(os.path.join(folder, "laid.json"))
        finally:
            os.close(home)
    except json_file.Busy as error:
        raise FailedError("另一个 lab sync 正在运行，这次什么也没有做。") from error
    except _Blocked as error:
        raise FailedError(str(error)) from error
    except OSError as error:
        raise FailedError(_said(error)) from error


def _said(error: OSError) -> str:
    reasons = {
        errno.ENOSPC: "磁盘满了 (disk full)",
        errno.EDQUOT: "磁盘配额用完了 (disk quota exceeded)",
        errno.EROFS: "磁盘是只读的 (read-only file system)",
    }
    reason = reasons.get(error.errno or 0, f"写不了文件 ({error})")
    cure = (
        (owner.cure(paths.state_dir()) or owner.cure(paths.labs())) if error.errno in _LOCAL else ""
    )
    return f"{reason}：~/labs 没有更新完。你的文件都还在；解决以后再运行一次 lab sync 就会接着做。{cure}"


def _cure(shown: str) -> str:
    """Return what the student can do about a path as it is shown."""
    return owner.cure(paths.home() + shown.removeprefix("~"))


def _pristine(root: str) -> dict[str, list[_Source]]:
    """Read every lab's examples and starter."""
    found: dict[str, list[_Source]] = {}
    try:
        for chapter in sorted(os.listdir(root)):
            above = os.path.join(root, chapter)
            for lab in sorted(os.listdir(above)) if os.path.isdir(above) else ():
                if os.path.isfile(os.path.join(above, lab, "lab.toml")):
                    folder = os.path.join(above, lab)
                    found[lab] = [
                        source
                        for ours, theirs in _LAID.items()
                        for source in _sources(os.path.join(folder, ours), theirs)
                    ]
    except OSError as error:
        raise BrokenError(f"读不到课程文件 {root}（{error.strerror}）。") from error
    if not found:
        raise BrokenError(f"{root} 里没有实验。")
    return found


def _sources(folder: str, within: str) -> Iterator[_Source]:
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
            yield _Source(place, content, _sha256(io.BytesIO(content)), mode)


def _load(folder: str) -> dict[str, Record]:
    data = json_file.read(os.path.join(folder, "laid.json"))
    if data is None:
        return {}
    labs = data.get("labs")
    if data.get("schema") != _SCHEMA or not isinstance(labs, dict):
        raise json_file.Damaged("not a record")
    for record in labs.values():
        if not isinstance(record, dict) or not all(_is_entry(e) for e in record.values()):
            raise json_file.Damaged("not a record")
    return labs


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    beside = entry.get("beside")
    named = beside is None or (isinstance(beside, dict) and {"name", "hash"} <= beside.keys())
    return named and all(isinstance(entry.get(key, ""), str) for key in ("hash", "next"))


def _known(folder: str, only_look: bool) -> dict[str, Record]:
    """Read the record; without one, whatever differs from the pristine files counts as the student's work."""
    try:
        return _load(folder)
    except json_file.Damaged:
        if not only_look:
            json_file.set_aside(os.path.join(folder, "laid.json"))
        return {}


class _Run:
    """One comparison of what is wanted, what was laid, and what is there."""

    def __init__(
        self, home: int, wanted: dict[str, list[_Source]], labs: dict[str, Record], restore: bool
    ) -> None:
        self.home = home
        self.wanted = wanted
        self.labs = labs
        self.restore = restore
        self.steps: list[_Step] = []
        self.folders: list[str] = []
        self.kept: list[str] = []
        self.offered: list[str] = []
        self.blocked: list[str] = []
        self.recorded = False

    def look(self) -> Report:
        """Find out what is to do."""
        labs = self._labs(create=False)
        # Who removed all of `~/labs` begins anew.
        if labs is None:
            self.labs = {}
        try:
            for lab, sources in self.wanted.items():
                self._look_into(labs, lab, sources)
            if labs is not None and (self.steps or self.folders) and not _writable(labs):
                raise _Blocked(
                    f"~/labs 不能写 (permission denied)，什么也没有做。{owner.cure(paths.labs())}"
                )
        finally:
            if labs is not None:
                os.close(labs)
        return self._report(self.steps, [])

    def carry_out(self, record: str) -> Report:
        """Do it; the record is written before and after."""
        planned = self.look()
        labs = self._labs(create=planned.changed)
        if labs is None:
            return planned
        done: list[_Step] = []
        beside: list[str] = []
        try:
            _sweep(labs)
            if not planned.changed:
                return planned
            for step in self.steps:
                if step.kind != "beside":
                    self._entry(step)["next"] = step.source.digest
            json_file.write(record, {"schema": _SCHEMA, "labs": self.labs}, durable=False)
            try:
                with _unfinished(labs) as staging:
                    self._make_folders(labs)
                    for step in self.steps:
                        self._lay(labs, staging, step, done, beside)
            finally:
                json_file.write(record, {"schema": _SCHEMA, "labs": self.labs})
        finally:
            os.close(labs)
        return self._report(done, beside)

    def _report(self, steps: list[_Step], beside: list[str]) -> Report:
        kinds = [step.kind for step in steps]
        return Report(
            changed=bool(steps or self.folders or self.recorded),
            added=kinds.count("add"),
            updated=kinds.count("update"),
            kept=self.kept,
            beside=beside,
            offered=self.offered,
            blocked=self.blocked,
        )

    def _name(self, step: _Step) -> str:
        return f"{step.lab}/{step.source.place}"

    def _entry(self, step: _Step) -> dict[str, Any]:
        return self.labs.setdefault(step.lab, {}).setdefault(step.source.place, {})

    def _labs(self, create: bool) -> int | None:
        return _enter(self.home, "labs", "~/labs", create)

    def _look_into(self, labs: int | None, lab: str, sources: list[_Source]) -> None:
        """Plan one lab; a folder that must not be entered blocks what is in it, and nothing else."""
        record = self.labs.get(lab)
        blocked: set[str] = set()
        try:
            top = None if labs is None else _enter(labs, lab, f"~/labs/{lab}", create=False)
        except _Blocked as error:
            self.blocked.append(str(error))
            return
        if top is None and (record is None or self.restore):
            self.folders.append(lab)
        elif record is None:
            self.labs[lab] = {}
            self.recorded = True
        try:
            for source in sources:
                inner = os.path.dirname(source.place)
                if inner in blocked:
                    continue
                try:
                    self._compare(top, lab, source)
                except _Blocked as error:
                    blocked.add(inner)
                    self.blocked.append(str(error))
        finally:
            if top is not None:
                os.close(top)

    def _compare(self, top: int | None, lab: str, source: _Source) -> None:
        entry = self.labs.get(lab, {}).get(source.place, {})
        ours = {entry.get("hash"), entry.get("next")} - {None}
        there, digest, writable = _found(top, f"~/labs/{lab}", source.place)
        planned = len(self.steps)
        name = f"{lab}/{source.place}"
        if there is None:
            if entry.get("hash") and not self.restore:
                self.offered.append(name)
            else:
                self.steps.append(_Step(lab, source, "add", None))
        elif digest == source.digest:
            if entry != {"hash": digest}:
                self.labs.setdefault(lab, {})[source.place] = {"hash": digest}
                self.recorded = True
        elif digest in ours:
            self.steps.append(_Step(lab, source, "update", there))
        elif source.digest != entry.get("hash"):
            self.kept.append(name)
            if (entry.get("beside") or {}).get("hash") != source.digest:
                self.steps.append(_Step(lab, source, "beside", None))
        if len(self.steps) > planned and not writable:
            self.steps.pop()
            place = os.path.dirname(source.place)
            shown = f"~/labs/{lab}/{place}"
            raise _Blocked(f"{shown} 不能写 (permission denied)，里面的内容跳过了。{_cure(shown)}")

    def _make_folders(self, labs: int) -> None:
        for lab in self.folders:
            try:
                os.close(_entered(labs, lab, f"~/labs/{lab}"))
                self.labs.setdefault(lab, {})
            except _Blocked as error:
                self.blocked.append(str(error))

    def _lay(
        self, labs: int, staging: int, step: _Step, done: list[_Step], beside: list[str]
    ) -> None:
        """Lay one file; what the student does to it meanwhile wins."""
        entry = self._entry(step)
        inner, _, name = step.source.place.rpartition("/")
        try:
            folder = _descend(labs, step.lab, inner)
            try:
                if step.kind == "beside":
                    known = entry.get("beside") or {}
                    chosen = _lay_beside(staging, folder, name, step.source, known)
                    entry["beside"] = {"name": chosen, "hash": step.source.digest}
                    beside.append(f"{step.lab}/{inner}/{chosen}")
                else:
                    laid = _lay_file(staging, folder, name, step.source, step.seen)
                    if not laid:
                        return
                    entry.clear()
                    entry["hash"] = step.source.digest
                done.append(step)
            finally:
                os.close(folder)
        except _Blocked as error:
            self.blocked.append(str(error))
        except OSError as error:
            if error.errno not in _LOCAL:
                raise
            shown = f"~/labs/{self._name(step)}"
            self.blocked.append(f"{shown}：{error.strerror}，跳过了。{_cure(shown)}")


def _enter(parent: int, name: str, shown: str, create: bool) -> int | None:
    """Open a folder by its own name, never through a link; None when there is none."""
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            return None
    except OSError as error:
        if error.errno not in _LOCAL:
            raise
        raise _Blocked(_refusal(parent, name, shown, error)) from error
    try:
        os.mkdir(name, 0o755, dir_fd=parent)
    except FileExistsError:
        pass
    except PermissionError as error:
        raise _Blocked(f"{shown} 建不了（{error.strerror}），跳过了。{_cure(shown)}") from error
    return _enter(parent, name, shown, create=False)


def _entered(parent: int, name: str, shown: str) -> int:
    folder = _enter(parent, name, shown, create=True)
    if folder is None:
        raise _Blocked(f"{shown} 刚才还在，现在没有了，跳过了。")
    return folder


def _refusal(parent: int, name: str, shown: str, error: OSError) -> str:
    try:
        mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    except OSError:
        mode = 0
    if stat.S_ISLNK(mode):
        return f"{shown} 是一个链接，lab 不会跟着它走到别处去写，里面的内容跳过了。"
    if mode and not stat.S_ISDIR(mode):
        return f"{shown} 应该是文件夹，可现在是一个文件，里面的内容跳过了。"
    return f"{shown} 打不开（{error.strerror}），里面的内容跳过了。{_cure(shown)}"


def _descend(labs: int, lab: str, inner: str) -> int:
    """Open a folder of a lab, making what is missing on the way."""
    shown = f"~/labs/{lab}"
    folder = _entered(labs, lab, shown)
    for part in inner.split("/"):
        shown = f"{shown}/{part}"
        try:
            below = _entered(folder, part, shown)
        finally:
            os.close(folder)
        folder = below
    return folder


def _found(
    top: int | None, shown: str, place: str
) -> tuple[os.stat_result | None, str | None, bool]:
    """Return how a file of the student's looks, the hash of its content, and whether its folder can be written.

    What is no ordinary file, or cannot be read, has no hash: the student made it so.
    """
    if top is None:
        return None, None, True
    *inner, name = place.split("/")
    folder = os.dup(top)
    try:
        for part in inner:
            shown = f"{shown}/{part}"
            below = _enter(folder, part, shown, create=False)
            if below is None:
                return None, None, _writable(folder)
            os.close(folder)
            folder = below
        try:
            there = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None, None, _writable(folder)
        except PermissionError as error:
            raise _Blocked(
                f"{shown} 打不开（{error.strerror}），里面的内容跳过了。{_cure(shown)}"
            ) from error
        digest = _digest(folder, name) if stat.S_ISREG(there.st_mode) else None
        return there, digest, _writable(folder)
    finally:
        os.close(folder)


def _writable(folder: int) -> bool:
    return os.access(".", os.W_OK | os.X_OK, dir_fd=folder)


def _digest(folder: int, name: str) -> str | None:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with open(os.open(name, flags, dir_fd=folder), "rb") as file:
            return _sha256(file)
    except OSError:
        return None


def _sha256(file: BinaryIO) -> str:
    import hashlib  # Late: a bare `lab` asks this module what is offered, and needs no hashes.

    digest = hashlib.sha256()
    while block := file.read(1 << 16):
        digest.update(block)
    return digest.hexdigest()


@contextmanager
def _unfinished(labs: int) -> Iterator[int]:
    """Give a folder for files that are not whole yet, on the same disk."""
    folder = _entered(labs, _UNFINISHED, f"~/labs/{_UNFINISHED}")
    try:
        yield folder
    finally:
        os.close(folder)
        _sweep(labs)


def _sweep(labs: int) -> None:
    """Remove what a killed run left unfinished."""
    try:
        folder = os.open(_UNFINISHED, _FOLDER, dir_fd=labs)
    except OSError:
        return
    try:
        for name in os.listdir(folder):
            if name.endswith(_PART):
                with suppress(OSError):
                    os.unlink(name, dir_fd=folder)
    finally:
        os.close(folder)
    with suppress(OSError):
        os.rmdir(_UNFINISHED, dir_fd=labs)


def _stage(staging: int, source: _Source, mode: int) -> str:
    name = f"{source.digest}{_PART}"
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=staging)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(name, flags, 0o600, dir_fd=staging), "wb") as file:
        file.write(source.content)
        file.flush()
        os.fchmod(file.fileno(), mode)
    return name


def _lay_file(
    staging: int, folder: int, name: str, source: _Source, seen: os.stat_result | None
) -> bool:
    """Lay a new file, or replace one that still looks as it did; say whether that was so."""
    if seen is None:
        return _appear(staging, _stage(staging, source, source.mode), folder, name)
    part = _stage(staging, source, stat.S_IMODE(seen.st_mode) | (source.mode & 0o111))
    try:
        now = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    same = ("st_ino", "st_dev", "st_size", "st_mtime_ns", "st_mode")
    if any(getattr(now, key) != getattr(seen, key) for key in same):
        return False
    os.rename(part, name, src_dir_fd=staging, dst_dir_fd=folder)
    return True


def _appear(staging: int, part: str, folder: int, name: str) -> bool:
    """Give a finished file its name, unless something has that name already."""
    try:
        os.link(part, name, src_dir_fd=staging, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        # A disk without hard links.
        if _is_there(folder, name):
            return False
        os.rename(part, name, src_dir_fd=staging, dst_dir_fd=folder)
        return True
    os.unlink(part, dir_fd=staging)
    return True


def _lay_beside(
    staging: int, folder: int, name: str, source: _Source, known: dict[str, str]
) -> str:
    """Lay a new version beside the student's file, in place of our own last one, and return its name."""
    count = 1
    while True:
        chosen = f"{name}.new" if count == 1 else f"{name}.new{count}"
        count += 1
        if not _is_there(folder, chosen):
            if _appear(staging, _stage(staging, source, source.mode), folder, chosen):
                return chosen
            continue
        digest = _digest(folder, chosen)
        if digest == source.digest:
            return chosen
        if chosen == known.get("name") and digest is not None and digest == known.get("hash"):
            part = _stage(staging, source, source.mode)
            os.rename(part, chosen, src_dir_fd=staging, dst_dir_fd=folder)
            return chosen


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
