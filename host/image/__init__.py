"""The base image of container seats: pulled and prepared, or built from the distribution's own packages."""

from host.image.build import ensure, fingerprint, label, name

__all__ = ["ensure", "fingerprint", "label", "name"]
