"""Maintenance and backup windows, and which of them AWS wants apart."""

from __future__ import annotations

from collections.abc import Iterator

MAINTENANCE_DAY = "sun"
MAINTENANCE_START, MAINTENANCE_END = "05:00", "06:00"
MAINTENANCE_WINDOW = f"{MAINTENANCE_DAY}:{MAINTENANCE_START}-{MAINTENANCE_DAY}:{MAINTENANCE_END}"
"""UTC, of every store. RDS and ElastiCache want 30 and 60 minutes at least (RDS API Reference,
CreateDBInstance, PreferredMaintenanceWindow; ElastiCache API Reference, CreateReplicationGroup)."""

SNAPSHOT_WINDOW = "04:00-05:00"
"""Of ElastiCache, which wants 60 minutes at least."""

SHORTEST_BACKUP_MINUTES = 30
DAY_MINUTES = 24 * 60


def backup_window_problems(window: str) -> Iterator[str]:
    """What RDS refuses of a daily window hh:mm-hh:mm, which may run past midnight.

    Source: RDS API Reference, CreateDBInstance, PreferredBackupWindow: at least 30 minutes, and no
    conflict with the maintenance window.
    """
    start, end = (_minute(time) for time in window.split("-"))
    length = (end - start) % DAY_MINUTES
    if length < SHORTEST_BACKUP_MINUTES:
        yield f"{window} has {length} minutes. Allowed: {SHORTEST_BACKUP_MINUTES} at least."
    from_maintenance = (start - _minute(MAINTENANCE_START)) % DAY_MINUTES
    maintenance = (_minute(MAINTENANCE_END) - _minute(MAINTENANCE_START)) % DAY_MINUTES
    if from_maintenance < maintenance or from_maintenance + length > DAY_MINUTES:
        yield (
            f"{window} overlaps the maintenance window {MAINTENANCE_WINDOW} (UTC), which RDS "
            "refuses. End before it, or start after it."
        )


def _minute(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)
