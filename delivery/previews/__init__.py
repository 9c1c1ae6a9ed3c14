"""Previews: read, compared, rendered as Markdown."""
