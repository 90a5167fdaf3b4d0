"""The reference pages that restate code are what the code says today."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.reference import generate
from host.paths import ROOT, SETTINGS
from lab import i18n

ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())


@pytest.mark.parametrize("name", ["roles.md", "settings.md"])
def test_page_says_what_the_code_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python3 -m host python docs.reference.generate` brings it up to date."""
    monkeypatch.setattr(i18n, "_language", i18n.ENGLISH)
    page = generate.REFERENCE / name
    assert page.read_text(encoding="utf-8") == generate.pages()[page]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_comment_and_spec_of_a_variable_say_the_same(role: Path) -> None:
    """Whoever opens the one need not look into the other."""
    options = generate.specs(role)["options"]
    comments = generate.comments(role / "defaults/main.yml")
    assert comments == {name: option["description"] for name, option in options.items()}


def test_each_setting_has_its_meaning() -> None:
    """The comment right above it."""
    meanings = generate.comments(SETTINGS / "defaults.yml")
    assert [
        key for key, meaning in meanings.items() if not meaning.endswith(("。", ".", "…"))
    ] == []
