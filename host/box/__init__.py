"""Boxes of virtual machines, built from the distribution's own packages and packed for each provider."""

from host.box.build import ensure, is_lacking, missing

__all__ = ["ensure", "is_lacking", "missing"]
