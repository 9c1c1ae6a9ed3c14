"""The name of the last snapshot of a store."""

from __future__ import annotations

import pulumi

from components.shared.context import Context


def final_snapshot(context: Context, parameter_group: pulumi.Output[str]) -> pulumi.Output[str]:
    """A name that no earlier snapshot has, for one of an earlier stack stays in the account. The
    store's parameter group is made anew with the stack, and its name ends with random digits."""
    return parameter_group.apply(
        lambda name: f"{context.names.platform}-final-{name.rpartition('-')[2]}"
    )
