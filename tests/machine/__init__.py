"""Tests of a provisioned machine, over SSH, whatever started it."""
