"""Tests that bring bare hosts up, nested, and carry out the README on them."""
