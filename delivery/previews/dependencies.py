"""What the resources of a preview depend on."""

from __future__ import annotations

from collections.abc import Sequence

from delivery.previews.cli import Step


def new_dependencies(steps: Sequence[Step], ends: tuple[str, ...]) -> list[str]:
    """URNs of the resources that a preview creates and that the resources whose URNs end so depend
    on, directly or not."""
    states = {step.urn: step.new for step in steps if step.new is not None}
    created = {step.urn for step in steps if step.operation == "create"}
    found: set[str] = set()
    queue = [urn for urn in states if urn.endswith(ends)]
    while queue:
        for urn in states[queue.pop()].all_dependencies:
            if urn in created and urn not in found and not urn.endswith(ends):
                found.add(urn)
                queue.append(urn)
    return sorted(found)
