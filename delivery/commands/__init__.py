"""The commands of `python -m delivery`, one a file."""
