"""Reads previews, compares them and renders them as Markdown."""
