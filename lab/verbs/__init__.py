"""A module a verb of the `lab` command."""
