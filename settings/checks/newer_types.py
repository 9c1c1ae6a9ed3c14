"""Instance types of families that are newer than those listed here; nothing fails for it."""

from __future__ import annotations

from collections.abc import Iterator

from settings.draft import Draft
from settings.problems import Problem
from settings.stores import instance_types
from settings.stores.instance_types import Families


def newer_instance_types(draft: Draft) -> Iterator[Problem]:
    for path, instance_type, families in _used(draft):
        _, family, _ = instance_type.split(".")
        if instance_types.is_newer(family, families):
            text = f"{instance_type} is newer than the families known here: nothing has checked"
            yield Problem(path, f"{text} that AWS has it.")


def _used(draft: Draft) -> Iterator[tuple[str, str, Families]]:
    if draft.database:
        yield "database.instanceClass", draft.database.instance_class, instance_types.POSTGRESQL
    if draft.cache:
        yield "cache.nodeType", draft.cache.node_type, instance_types.CACHE[draft.cache.engine]
    if draft.broker and draft.broker.kind == "rabbitmq":
        families = instance_types.RABBITMQ[draft.broker.version]
        yield "broker.instanceType", draft.broker.instance_type, families
