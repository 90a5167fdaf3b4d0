"""What machines can be made by, a module each, found by looking: the one that really works here, not what merely exists."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, cast

from host.steps import Reporter

Work = Callable[[Mapping[str, str], Reporter], str]


class Provider(Protocol):
    """What each of the modules offers."""

    # `auto` takes the first that works, by this order.
    ORDER: int
    # Whether its machines are virtual ones, which Vagrant makes.
    VIRTUAL: bool

    def works(self) -> bool:
        """Say whether `auto` may take it on this host."""

    def verify(self) -> None:
        """Raise HostError, with the cure, where it does not work here and could not be made to."""

    def packages(self) -> list[str]:
        """Return the apt packages that this host still lacks for it, Vagrant's among them for virtual machines.

        Raises HostError where what stands here cannot serve, or something is lacking and no package brings it.
        """

    def storage(self) -> list[Path]:
        """Return where its machines take room on this host, besides the checkout."""

    def join_group(self) -> None:
        """Start this command again within the group that may use it. Raises HostError where there is no way in."""

    def verify_settings(self, settings: Mapping[str, str]) -> None:
        """Raise HostError for settings that this host cannot serve."""

    def prerequisites(self) -> dict[str, Work]:
        """Return what has to be there before its machines are, by its name in the progress lines."""


def names() -> list[str]:
    """Return the names of all providers, sorted."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__))


def load(name: str) -> Provider:
    """Return the provider of that name."""
    return cast(Provider, importlib.import_module(f"{__name__}.{name}"))


def choose(settings: Mapping[str, str]) -> str:
    """Return the name of the provider that the settings name; for `auto` of the first that works.

    Raises HostError when the settings name one that does not work here.
    """
    if settings["provider"] == "auto":
        return next(
            name
            for name in sorted(names(), key=lambda name: load(name).ORDER)
            if load(name).works()
        )
    load(settings["provider"]).verify()
    return settings["provider"]
