"""Renders files that are committed."""
