"""Draws docs/pictures."""
