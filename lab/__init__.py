"""The `lab` command: a student's way through the course."""

__version__ = "0.1.0"
