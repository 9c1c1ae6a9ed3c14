"""The errors with which a command fails. A message says what failed, where, and what to do."""

from __future__ import annotations


class DeliveryError(Exception):
    """The command did not reach its goal: exit code 1."""


class InputError(Exception):
    """An argument or a file is wrong, or a permission is missing; nothing was changed: exit code
    2."""
