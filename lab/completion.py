"""What the tab key completes: bash starts the command anew with `_ARGCOMPLETE` set, and only then is this imported."""

from __future__ import annotations

import os
from typing import Any

import argcomplete
from argcomplete.completers import SuppressCompleter
from argcomplete.shell_integration import shellcode

from lab import catalogue, parser
from lab.errors import LabError
from lab.ids import plain

_HIDDEN = ("completion",)


def shell_code() -> str:
    """Return bash's completion code; file names are no fallback."""
    code: str = shellcode(["lab"], shell="bash", complete_arguments=["-o", "nospace"])
    return code


def answer() -> None:
    """Tell bash what may stand where the cursor is, and end."""
    command = parser.command()
    completers = {
        "id": _ids,
        "example": _examples,
        "chapter": _chapters,
        "source": _folders,
    }
    for name, verb in command.verbs().items():
        for action in verb._actions:
            if action.dest in completers:
                completer = _targets if (name, action.dest) == ("run", "id") else None
                setattr(action, "completer", completer or completers[action.dest])  # noqa: B010
    argcomplete.autocomplete(
        command,
        always_complete_options=False,
        default_completer=SuppressCompleter(),
        exclude=_HIDDEN,
    )


def _ids(**_: Any) -> list[str]:
    return catalogue.lab_ids()


def _chapters(**_: Any) -> list[str]:
    return catalogue.chapter_ids()


def _targets(prefix: str, **_: Any) -> list[str]:
    """Return ids, or behind a colon the examples of one lab."""
    lab, colon, _example = prefix.partition(":")
    return [f"{lab}:{name}" for name in _names(lab)] if colon else catalogue.lab_ids()


def _examples(parsed_args: Any, **_: Any) -> list[str]:
    return _names(parsed_args.id)


def _folders(prefix: str, **_: Any) -> list[str]:
    """Return folders as they are typed; the library's own way does not know `~`."""
    typed = prefix[: prefix.rfind("/") + 1]
    try:
        with os.scandir(os.path.expanduser(typed) or ".") as entries:
            return [f"{typed}{entry.name}/" for entry in entries if entry.is_dir()]
    except OSError:
        return []


def _names(lab: str) -> list[str]:
    try:
        return [example.name for example in catalogue.lab(plain(lab)).examples]
    except LabError:
        return []
