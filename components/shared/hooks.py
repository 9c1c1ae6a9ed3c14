"""Checks of an update before it is made, by the tags of what is updated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import pulumi

Tags = Mapping[str, str]


def before_update(
    name: str, check: Callable[[Tags, Tags], Awaitable[None] | None]
) -> pulumi.ResourceHookBinding:
    """Calls `check` with the old and the new tags, in previews and updates; its error ends them."""

    def run(args: pulumi.ResourceHookArgs) -> Awaitable[None] | None:
        old, new = args.old_inputs or {}, args.new_inputs or {}
        return check(old.get("tags") or {}, new.get("tags") or {})

    hook = pulumi.ResourceHook(name, run, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_update=[hook])
