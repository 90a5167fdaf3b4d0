"""Tests that bring machines up, break them and provision them again."""
