"""Container seats, which the host tool makes itself; they need nothing but packages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from host import account, engine, golden, image, install, keys, lock, machines, seat
from host.i18n import translated as _
from host.providers import Work
from host.steps import Reporter

ORDER = 3
VIRTUAL = False


def works() -> bool:
    """Say that it does: what is wrong with an engine is told when it is asked for packages."""
    return True


def verify() -> None:
    """Refuse nothing here, as `works` does."""


def packages() -> list[str]:
    """Return what is lacking for an engine and its images. Raises HostError for an engine that cannot carry seats."""
    return install.missing(engine.tools())


def storage() -> list[Path]:
    """Return where the engine keeps images and seats."""
    return [engine.storage()]


def join_group() -> None:
    """Enter the engine's group."""
    engine.join_group(account.AGAIN)


def verify_settings(settings: Mapping[str, str]) -> None:
    """Refuse none."""


def prerequisites() -> dict[str, Work]:
    """Return the image."""
    return {_("基础镜像"): ensure_image}


def ensure_image(settings: Mapping[str, str], report: Reporter) -> str:
    """Start the engine, and make the image unless all seats are there already. Raises HostError."""
    engine.ensure(report)
    keys.ensure()
    if all(seat.state(name) != "absent" for name in machines.wanted(settings)):
        return _("座位都已经建好，不需要")
    ensure = image.ensure if settings["image"] == "base" else golden.ensure
    with lock.alone("image"):
        return ensure(settings, report)
