"""The manifest: which version of each of the course's files was installed, kept in manifest.json."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, Final

from lab import json_file, paths

# For each file, by its path in the lab's folder: `hash` of what was installed, `next` of what is about to be, and
# `new_version` (name and hash) of what was put beside a modified file.
Record = dict[str, dict[str, Any]]

_NAME: Final = "manifest.json"
# Course versions up to 0.1.0 write this one (schema 1). It is removed when the manifest is written, so where it
# exists, an older version ran last, or an older home was restored.
_OLD_NAME: Final = "laid.json"
_SCHEMA: Final = 2


def load(*, set_aside: bool = False) -> dict[str, Record]:
    """Return the records by lab; a damaged file counts as none, and is kept under another name with `set_aside`.

    Without a record, whatever differs from the course's files counts as the student's work. Raises OSError.
    """
    for name in (_OLD_NAME, _NAME):
        path = os.path.join(paths.state_dir(), name)
        try:
            data = json_file.read(path)
            if data is not None:
                return _records(data)
        except json_file.Damaged:
            if set_aside:
                json_file.set_aside(path)
    return {}


def save(labs: dict[str, Record], *, durable: bool = True) -> None:
    """Write the records; the caller holds the lock. Raises OSError."""
    folder = paths.state_dir()
    data = {"schema": _SCHEMA, "labs": labs}
    json_file.write(os.path.join(folder, _NAME), data, durable)
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, _OLD_NAME))


def new_versions() -> list[str]:
    """Return the new versions that are beside files that the student modified, as paths in `~/labs`."""
    try:
        labs = load()
    except OSError:
        return []
    names = (
        os.path.join(lab, os.path.dirname(place), entry["new_version"]["name"])
        for lab, record in labs.items()
        for place, entry in record.items()
        if entry.get("new_version")
    )
    return sorted(name for name in names if os.path.lexists(os.path.join(paths.labs(), name)))


def _records(data: dict[str, Any]) -> dict[str, Record]:
    labs = data.get("labs")
    if data.get("schema") not in (1, _SCHEMA) or not isinstance(labs, dict):
        raise json_file.Damaged("not a manifest")
    for record in labs.values():
        for entry in record.values() if isinstance(record, dict) else [None]:
            if isinstance(entry, dict) and "beside" in entry:
                entry["new_version"] = entry.pop("beside")
            if not _is_entry(entry):
                raise json_file.Damaged("not a manifest")
    return labs


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    new = entry.get("new_version")
    named = new is None or (isinstance(new, dict) and {"name", "hash"} <= new.keys())
    return named and all(isinstance(entry.get(key, ""), str) for key in ("hash", "next"))
