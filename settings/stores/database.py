"""The database section of the stack config."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from settings.problems import Problem
from settings.secrets import PasswordRule
from settings.section import RetentionDays, Section
from settings.stores import instance_types
from settings.stores.windows import backup_window_problems

# RDS, API CreateDBInstance, MasterUserPassword.
PASSWORD_RULE = PasswordRule(8, 128, "[!#-.0-?A-~]", 'printable ASCII without / @ " and spaces')


class Storage(Section):
    """Disk of the database; it grows by itself up to the maximum."""

    gib: int = Field(default=20, ge=20, le=65536, description="GiB at creation, 20 to 65536.")
    max_gib: int = Field(
        default=100, ge=20, le=65536, description="GiB that storage autoscaling may reach."
    )

    def problems(self) -> Iterator[Problem]:
        """RDS wants room to grow (RDS User Guide, "Managing capacity automatically with Amazon RDS
        storage autoscaling")."""
        if self.max_gib * 10 < self.gib * 11:
            text = f"{self.max_gib} is less than a tenth above gib ({self.gib})."
            yield Problem("maxGib", text)


class Backups(Section):
    """Automated backups with point-in-time recovery."""

    retention_days: int = Field(default=7, ge=1, le=35, description="Days kept, 1 to 35.")
    window: str = Field(
        default="03:00-04:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description="UTC window hh:mm-hh:mm, 30 minutes at least, outside sun:05:00-sun:06:00.",
    )

    def problems(self) -> Iterator[Problem]:
        for text in backup_window_problems(self.window):
            yield Problem("window", text)


class DatabaseSettings(Section):
    """RDS for PostgreSQL."""

    # Release notes for Amazon RDS for PostgreSQL, "Amazon RDS for PostgreSQL updates".
    version: str = Field(
        default="17",
        pattern=r"^1[4-8](\.\d+)?$",
        description='PostgreSQL version in quotes: "14" to "18", which RDS keeps at its newest '
        'minor version, or with a minor, "17.5", which it keeps.',
    )
    allow_major_version_upgrade: bool = Field(
        default=False,
        description="Lets a higher version upgrade the database, with all pending changes, at "
        "once: true or false. RDS can't undo the upgrade: docs/stores.md.",
    )
    apply_immediately: bool | None = Field(
        default=None,
        description="Apply changes of class, version and parameters at once: true or false. "
        "Default: at once, but in prod in the maintenance window (sun:05:00-sun:06:00 UTC).",
    )
    instance_class: str = Field(
        default="db.t4g.medium",
        pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$",
        description="DB instance class, e.g. db.t4g.medium or db.r7g.large.",
    )
    storage: Storage = Field(default=Storage(), description="Disk size in GiB.")
    multi_az: bool = Field(default=False, description="A standby in a second zone: true or false.")
    read_replicas: int = Field(
        default=0,
        ge=0,
        le=1,
        description="Read replicas, 0 or 1 (RDS has no endpoint over several); needs password: "
        "<secret name>.",
    )
    backups: Backups = Field(default=Backups(), description="Automated backups.")
    proxy: bool = Field(default=False, description="An RDS Proxy before the database.")
    password: str = Field(
        default="managed",
        pattern=r"^(managed|[A-Z][A-Z0-9_]*)$",
        description="managed (RDS keeps and rotates the master password in Secrets Manager), or "
        "the name of an encrypted value under plataforma:secrets.",
    )
    rotation_days: int = Field(
        default=30, ge=1, le=365, description="Days between rotations of a managed password."
    )

    log_retention_days: RetentionDays = Field(
        default=30, description="Days that CloudWatch Logs keeps PostgreSQL's log: 1, 3, 5, 7, ..."
    )

    @property
    def keeps_minor_version(self) -> bool:
        """Whether `version` names a minor version, which RDS must not raise by itself: it would
        come back as a change to an earlier version, which RDS refuses."""
        return "." in self.version

    @property
    def password_secret(self) -> str | None:
        """The name of the secret that holds the password; None where RDS manages it."""
        return None if self.password == "managed" else self.password  # noqa: S105

    def problems(self) -> Iterator[Problem]:
        if wrong := instance_types.problem(self.instance_class, instance_types.POSTGRESQL):
            yield Problem("instanceClass", f"for PostgreSQL, {wrong}")
        if self.read_replicas and self.password_secret is None:
            text = (
                "RDS can't make a read replica of a PostgreSQL instance whose password it manages. "
                "Set database.password to the name of an encrypted value, or readReplicas to 0."
            )
            yield Problem("readReplicas", text)
        if self.allow_major_version_upgrade and self.read_replicas:
            text = (
                "RDS upgrades a replica together with its source, but not its parameter group: "
                "deploy readReplicas: 0 first, upgrade, then add the replica again."
            )
            yield Problem("allowMajorVersionUpgrade", text)
