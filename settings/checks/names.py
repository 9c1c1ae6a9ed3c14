"""Checks of names that the platform gives itself."""

from __future__ import annotations

from collections.abc import Iterator

from settings import naming
from settings.draft import Draft
from settings.problems import Problem


def tags_are_not_the_platforms(draft: Draft) -> Iterator[Problem]:
    """The pipeline's rights depend on these."""
    for name in sorted(draft.tags or {}):
        if name in naming.OWN_TAGS:
            yield Problem(f"tags.{name}", "the platform sets this tag itself: leave it out.")
        elif name.lower().startswith("aws:"):
            yield Problem(f"tags.{name}", "names that begin with aws: are AWS's own.")


def sidecars_share_no_name(draft: Draft) -> Iterator[Problem]:
    """Containers of a task have a name each."""
    for name, service in draft.services.items():
        for taken in sorted({name, *naming.OWN_SIDECARS} & set(service.sidecars)):
            text = "is the name of another container of the task: take another."
            yield Problem(f"services.{name}.sidecars.{taken}", text)
