"""No variable of a role is without another value than its default that is tried on a machine."""

from __future__ import annotations

from typing import Any

import yaml

from host.paths import ROOT
from tests.support.other_values import PLACES, values


def defaults() -> dict[str, Any]:
    """What the roles say themselves."""
    found: dict[str, Any] = {}
    for path in sorted((ROOT / "roles").glob("*/defaults/main.yml")):
        found |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def test_each_variable_is_tried_with_another_value() -> None:
    """And no other is; tests/e2e/test_values.py lets a seat have them."""
    filled = {**PLACES, "archive": "a", "security": "s", "proxy": "p", "key": "k", "authority": "c"}
    others, known = values(filled), defaults()
    assert others.keys() == known.keys()
    assert [name for name, value in others.items() if value == known[name]] == []
