"""The cache section of the stack config."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from settings.problems import Problem, repeated
from settings.secrets import PasswordRule
from settings.section import Name, Section, VariableName
from settings.stores import instance_types

# ElastiCache, API CreateReplicationGroup, AuthToken.
PASSWORD_RULE = PasswordRule(16, 128, "[A-Za-z0-9!&#$^<>-]", "letters, digits and ! & # $ ^ < > -")
# ElastiCache User Guide, "Engine versions and upgrading in ElastiCache": Valkey 9.0 and 9.1 exist
# besides, but their parameter group family is not confirmed.
VERSIONS = {"redis": ("7.0", "7.1"), "valkey": ("7.2", "8.0", "8.1", "8.2")}


class CacheSettings(Section):
    """ElastiCache, not clustered, with `noeviction`: BullMQ's queues live here."""

    engine: Literal["redis", "valkey"] = Field(default="valkey", description="redis or valkey.")
    version: str = Field(
        default="8.0",
        pattern=r"^[78]\.\d$",
        description='Engine version in quotes: redis "7.0" or "7.1"; valkey "7.2" to "8.2".',
    )
    node_type: str = Field(
        default="cache.t4g.small",
        pattern=r"^cache\.[a-z0-9]+\.[a-z0-9]+$",
        description="Node type, e.g. cache.t4g.small or cache.r7g.large.",
    )
    replicas: int = Field(
        default=0, ge=0, le=5, description="Replicas beside the primary, 0 to 5; 1 fails over."
    )
    queues: tuple[Name, ...] = Field(
        default=(), description="BullMQ queues kept here, for services that scale by them."
    )
    snapshot_retention_days: int = Field(
        default=1, ge=0, le=35, description="Daily snapshots kept, 0 to 35 (0: none)."
    )
    password: VariableName = Field(
        default="REDIS_PASSWORD",
        description="The name of the encrypted value under plataforma:secrets used as AUTH token.",
    )
    auth_token_update_strategy: Literal["SET", "ROTATE"] = Field(
        default="ROTATE",
        description="ROTATE: a changed password is added, and the one before stays valid until SET "
        "is deployed. SET: only the current password is valid. ElastiCache takes SET after ROTATE "
        "alone, so never change the password with it (API ModifyReplicationGroup).",
    )
    apply_immediately: bool | None = Field(
        default=None,
        description="Apply changes of node type, engine, version and parameters at once: true or "
        "false. Default: at once, but in prod in the maintenance window (sun:05:00-sun:06:00 UTC).",
    )

    def problems(self) -> Iterator[Problem]:
        versions = VERSIONS[self.engine]
        if self.version not in versions:
            allowed = ", ".join(versions)
            text = f"{self.version!r} is no version of {self.engine}. Allowed: {allowed}."
            yield Problem("version", text)
        if wrong := instance_types.problem(self.node_type, instance_types.CACHE[self.engine]):
            yield Problem("nodeType", f"for {self.engine}, {wrong}")
        for name in repeated(self.queues):
            yield Problem("queues", f"{name} is listed twice.")
