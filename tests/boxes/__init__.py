"""Tests that build boxes, spoil them, serve them, and bring virtual machines up from them."""
