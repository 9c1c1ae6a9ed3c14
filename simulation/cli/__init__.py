"""Pulumi's CLI: runs it, and what it leaves where it is stopped."""
