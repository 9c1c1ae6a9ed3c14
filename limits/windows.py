"""Maintenance and backup windows: `03:00-04:00` each day, `sun:05:00-sun:06:00` each week (UTC)."""

from __future__ import annotations

import re
from collections.abc import Callable

DAY = 24 * 60
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_DAILY = re.compile(f"{_TIME}-{_TIME}")
_WEEKLY = re.compile(f"({'|'.join(DAYS)}):{_TIME}-({'|'.join(DAYS)}):{_TIME}")


def daily(least_minutes: int) -> Callable[[str], str]:
    """A check of a daily window's form and length."""
    return lambda text: _problem(daily_range(text), "hh:mm-hh:mm", DAY, least_minutes)


def weekly(least_minutes: int) -> Callable[[str], str]:
    """A check of a weekly window's form and length."""
    return lambda text: _problem(weekly_range(text), "ddd:hh:mm-ddd:hh:mm", 7 * DAY, least_minutes)


def daily_range(text: str) -> tuple[int, int] | None:
    """Beginning and end in minutes of the day."""
    found = _DAILY.fullmatch(text)
    if not found:
        return None
    hour, minute, end_hour, end_minute = map(int, found.groups())
    return 60 * hour + minute, 60 * end_hour + end_minute


def weekly_range(text: str) -> tuple[int, int] | None:
    """Beginning and end in minutes of the week, which begins on Sunday."""
    found = _WEEKLY.fullmatch(text.lower())
    if not found:
        return None
    day, hour, minute, end_day, end_hour, end_minute = found.groups()
    return (
        DAYS.index(day) * DAY + 60 * int(hour) + int(minute),
        DAYS.index(end_day) * DAY + 60 * int(end_hour) + int(end_minute),
    )


def _problem(ends: tuple[int, int] | None, form: str, period: int, least_minutes: int) -> str:
    if ends is None:
        return f"is not of the form {form}"
    minutes = (ends[1] - ends[0]) % period
    return (
        "" if minutes >= least_minutes else f"is {minutes} minutes long, {least_minutes} at least"
    )
