"""Renders the pages of a class from `templates/`; every value is escaped, since names and answers are strangers' data."""

from __future__ import annotations

from pathlib import Path

import jinja2

from classroom.i18n import translated

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals["_"] = translated


def render(name: str, /, **values: object) -> str:
    """Return a template's page with these values in it."""
    return _ENVIRONMENT.get_template(name).render(values)
