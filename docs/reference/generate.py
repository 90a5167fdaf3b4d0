"""Writes the reference pages that restate code: `python3 -m host python docs.reference.generate`; a test compares.

roles.md comes from the roles' argument specs and defaults; the tables of settings.md from settings/ and the same specs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from host import settings
from host.i18n import translated as _
from host.paths import ROOT, SETTINGS
from lab import i18n

REFERENCE = ROOT / "docs/reference"
_HEAD = """# Roles

Each role has one duty. Its variables are its whole interface; the defaults stand in `roles/<role>/defaults/main.yml`.
This page is written by `python3 -m host python docs.reference.generate`.
"""


def pages() -> dict[Path, str]:
    """Return what each generated page has to be, by its path."""
    page = REFERENCE / "settings.md"
    text = page.read_text(encoding="utf-8")
    for heading, table in (("The machine", _machine()), ("The course", _course())):
        before, title, after = text.partition(f"## {heading}\n")
        assert title, heading
        text = (
            before
            + title
            + re.sub(r"(?:^\|.*\n)+", table.replace("\\", r"\\"), after, count=1, flags=re.M)
        )
    return {REFERENCE / "roles.md": _roles(), page: text}


def comments(path: Path) -> dict[str, str]:
    """Return the comment right above each key of a flat YAML file, in one line."""
    found: dict[str, str] = {}
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        key = re.match(r"(\w+):", line)
        if key:
            found[key[1]] = " ".join(lines)
        lines = [*lines, line[2:]] if line.startswith("# ") else []
    return found


def specs(role: Path) -> dict[str, Any]:
    """Return what a role says about itself: `short_description`, perhaps `description`, and `options`."""
    read = yaml.safe_load((role / "meta/argument_specs.yml").read_text(encoding="utf-8"))
    found: dict[str, Any] = read["argument_specs"]["main"]
    return found


def _roles() -> str:
    parts = [_HEAD]
    for role in sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir()):
        said = specs(role)
        defaults = _defaults(role)
        rows = ((name, defaults[name], said["options"][name]["description"]) for name in defaults)
        told = [said["short_description"], *said.get("description", [])]
        parts.append(
            f"## {role.name}\n\n"
            + "".join(f"{text}\n\n" for text in told)
            + _table(("variable", "default", "meaning"), rows)
        )
    return "\n".join(parts)


def _machine() -> str:
    meanings = comments(SETTINGS / "defaults.yml")
    defaults = settings.read_flat(SETTINGS / "defaults.yml")
    rows = ((key, defaults[key], _rule(key), meanings[key]) for key in defaults)
    return _table(("setting", "default", "rule", "meaning"), rows)


def _course() -> str:
    machine = settings.read_flat(SETTINGS / "defaults.yml")
    rows = []
    for key in settings.read_rules():
        if key not in machine:
            role = ROOT / "roles" / key.partition("_")[0]
            meaning = specs(role)["options"][key]["description"]
            rows.append((key, _defaults(role)[key], _rule(key), meaning))
    return _table(("setting", "default", "rule", "meaning"), rows)


def _rule(key: str) -> str:
    return _(settings.read_rules()[key]["fix"]).removeprefix("give ")


def _defaults(role: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((role / "defaults/main.yml").read_text(encoding="utf-8"))
    return read


def _table(heads: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"

    heads = list(heads)
    text = line(heads) + line("---" for _ in heads)
    return text + "".join(
        line([f"`{key}`", _shown(default), *rest]) for key, default, *rest in rows
    )


def _shown(default: Any) -> str:
    if isinstance(default, list):
        default = ", ".join(map(str, default))
    elif isinstance(default, bool):
        default = str(default).lower()
    return f"`{default}`" if default != "" else "empty"


if __name__ == "__main__":
    i18n.use(i18n.ENGLISH)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
