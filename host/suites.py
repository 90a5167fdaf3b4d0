"""The distributions that machines are made of, as settings/suites.json lists them; a new one is an entry there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from host.paths import SETTINGS


@dataclass(frozen=True)
class Suite:
    """What is to be known of a suite before anything is made of it.

    `title` is what people call it, `image` its name in a registry, `python` the version of its Python. `keyring` is the
    file of keys that signed its archive, empty where mmdebstrap knows it; `fallback` the suite to take where that archive
    cannot be reached, empty where none is. `box_packages` are what a box has besides host/box/packages.txt, and in their
    names ARCHITECTURE stands for the box's. One that is `for_tests` alone may come from an archive of long ago.
    """

    title: str
    image: str
    python: str
    keyring: str
    fallback: str
    box_packages: tuple[str, ...]
    for_tests: bool

    @property
    def is_signed(self) -> bool:
        """Whether this host has the keys for its archive."""
        return not self.keyring or Path(self.keyring).exists()

    @property
    def apt_options(self) -> list[str]:
        """mmdebstrap's options for apt."""
        return ['--aptopt=Acquire::Check-Valid-Until "false"'] if self.for_tests else []


SUITES = {
    name: Suite(**{**facts, "box_packages": tuple(facts["box_packages"])})
    for name, facts in json.loads((SETTINGS / "suites.json").read_text(encoding="utf-8")).items()
}
