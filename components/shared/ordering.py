"""The order in which resources are made and deleted, where no property says it."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi


def after(value: pulumi.Output[str], resources: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
    """`value`, for what must be made after `resources` and deleted before them."""
    return pulumi.Output.all(value, *(resource.urn for resource in resources)).apply(
        lambda known: str(known[0])
    )
