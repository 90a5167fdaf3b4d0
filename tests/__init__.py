"""Everything that proves the course machine: unit, machine and end-to-end tests."""
