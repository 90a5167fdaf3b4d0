"""The states of the roles, as programs for a seat that test them, or mend them.

A role says its state once, in its templates/state.sh.j2: a line for each file, and for all else a pair of functions, one
that says what is not as it should be and one that mends it. roles/preflight/templates/program.sh.j2 makes a program of
the roles that are named.

Ansible's own templar would compile every template anew for each seat. They are compiled here by Jinja when this module
is loaded, which happens before Ansible starts a process for each seat.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2
import yaml
from ansible import constants
from ansible.module_utils.parsing.convert_bool import boolean

from classroom.i18n import on_seats, script

_ROLES = Path(__file__).resolve().parents[1] / "roles"
_PROGRAMS = ("state.sh.j2", "program.sh.j2")


def options() -> dict[str, dict[str, Any]]:
    """Return what the roles' argument specs say, by variable."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(_ROLES.glob("*/meta/argument_specs.yml")):
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        found |= specs["main"]["options"]
    return found


def values(
    known: dict[str, Any], template: Callable[[Any], Any], connection: str
) -> dict[str, Any]:
    """Return the roles' variables of a seat, and what else their templates use, from what Ansible knows of it."""
    managed = constants.config.get_config_value("DEFAULT_MANAGED_STR")
    return {
        "release": known["release"],
        "ansible_managed": known.get("ansible_managed", managed),
        "ansible_connection": connection,
        **{name: template(known[name]) for name in OPTIONS if name in known},
    }


def shown(said: str) -> str:
    """Return what a seat said without what would steer a terminal; lines stay."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in said)


def testing(roles: list[str], known: dict[str, Any], check: bool) -> str:
    """Return the program that prints what is amiss on a seat; in check mode it changes nothing at all."""
    # It is an argument there, which every process may read.
    known = {
        name: value for name, value in known.items() if not OPTIONS.get(name, {}).get("no_log")
    }
    return rendered("preflight/templates/program.sh.j2", {**known, "roles": roles, "check": check})


def mending(role: str, known: dict[str, Any]) -> list[bytes]:
    """Return what a role's program needs beside it, in the order of its numbers, and the program itself last."""
    sent: list[bytes] = []
    program = rendered("preflight/templates/program.sh.j2", {**known, "roles": [role]}, sent)
    return [*sent, program.encode()]


def rendered(name: str, known: dict[str, Any], sent: list[bytes] | None = None) -> str:
    """Return a role's template with the values in it, as Ansible's own lookup would; `sent` takes what a program that mends needs."""

    def attached(content: bytes) -> int:
        assert sent is not None
        sent.append(content)
        return len(sent) - 1

    def file(
        role: str,
        path: str,
        mode: str = "0644",
        src: str = "",
        validate: str = "",
        sha256: str = "",
    ) -> str:
        """Return the line for a file of root's: that of the role's template of this path, or `src` on the controller."""
        if sent is None and sha256:
            return shlex.join(["same", path, mode, sha256])
        content = _read(src) if src else rendered(f"{role}/templates{path}.j2", known).encode()
        if sent is None:
            return shlex.join(["same", path, mode, hashlib.sha256(content).hexdigest()])
        number = str(attached(content))
        return shlex.join(["place", number, mode, path, validate.replace("%s", number)])

    def part(role: str) -> str:
        return _TEMPLATES[f"{role}/templates/state.sh.j2"].render(
            {**tools, "file": partial(file, role)}
        )

    tools = {
        **known,
        "mending": sent is not None,
        "part": part,
        "sent": lambda src: attached(_read(str(_ROLES / src))),
    }
    return _TEMPLATES[name].render(tools)


@cache
def _read(path: str) -> bytes:
    return Path(path).read_bytes()


class _Loader(jinja2.FileSystemLoader):
    """Finds the roles' templates; programs speak the controller's language."""

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return a template's source, its path, and whether that is still so."""
        source, path, current = super().get_source(environment, template)
        return on_seats.script(source) if path.endswith(_PROGRAMS) else source, path, current


def _environment() -> jinja2.Environment:
    """Return Jinja with what Ansible's lookup of templates sets, and the filters that the programs use."""
    environment = jinja2.Environment(
        loader=_Loader(_ROLES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "quote": lambda value: shlex.quote(str(value)),
        "basename": lambda path: Path(path).name,
        "bool": boolean,
        "file_of_role": lambda name: script(_ROLES / name),
    }
    environment.filters.update(filters)
    return environment


OPTIONS = options()
_JINJA = _environment()
_TEMPLATES = {name: _JINJA.get_template(name) for name in _JINJA.list_templates(extensions=["j2"])}
