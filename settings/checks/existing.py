"""Checks that what a stack file names is there for the stack."""

from __future__ import annotations

from collections.abc import Iterator

from settings.draft import Draft
from settings.partition import REGIONS, partition_of
from settings.problems import Problem, nearest


def region_exists(draft: Draft) -> Iterator[Problem]:
    """Of a partition that is supported; others are checks/hosts.py's."""
    if draft.region and partition_of(draft.region) and draft.region not in REGIONS:
        yield Problem(
            "region", f"{draft.region} is no region of AWS.{nearest(draft.region, REGIONS)}"
        )
