"""Checks of the volumes that services use."""

from __future__ import annotations

from collections.abc import Iterator

from settings.draft import Draft
from settings.problems import Problem, listed, nearest


def service_volumes(draft: Draft) -> Iterator[Problem]:
    known = draft.written("volumes")
    for name, service in draft.services.items():
        for volume in service.volumes:
            if volume not in known:
                text = f"{volume} is not under plataforma:volumes.{nearest(volume, known)}"
                known_text = f"Known: {listed(known) or 'none'}."
                yield Problem(f"services.{name}.volumes", f"{text} {known_text}")
