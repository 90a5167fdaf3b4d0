"""Boxes of virtual machines, built from the distribution's own packages and packed for each provider."""

from host.box.build import ensure, missing

__all__ = ["ensure", "missing"]
