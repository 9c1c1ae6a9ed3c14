"""How a command ends other than well. Each message says what, where, and what to do."""

from __future__ import annotations


class DeliveryError(Exception):
    """What was asked for did not come about: exit code 1."""


class InputError(Exception):
    """Arguments, files, or the right to do it are wrong; nothing was changed: exit code 2."""


class AnnouncedError(DeliveryError):
    """A failure that has been printed already."""
