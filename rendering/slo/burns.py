"""Burn rates: how fast an error budget is spent, and the severity of each rate.

A burn rate of 1 spends the budget in exactly 30 days. The four pairs are those of Google's SRE
workbook, "Alerting on SLOs": the long window shows that the burn is significant, the
short window that it continues.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MINUTES = {"5m": 5, "30m": 30, "1h": 60, "2h": 120, "6h": 360, "1d": 1440, "3d": 4320}
WINDOWS = tuple(MINUTES)
PERIOD = "30d"


@dataclass(frozen=True)
class Burn:
    """One alert rule: it fires with `severity` at `rate` times the allowed error ratio in both
    windows."""

    rate: float
    long_window: str
    short_window: str
    severity: Literal["page", "ticket"]


BURNS = (
    Burn(14.4, "1h", "5m", "page"),
    Burn(6, "6h", "30m", "page"),
    Burn(3, "1d", "2h", "ticket"),
    Burn(1, "3d", "6h", "ticket"),
)


def budget(objective: float) -> float:
    """The allowed error ratio (0 to 1) of an objective in percent."""
    return round(1 - objective / 100, 12)


def minutes_to_fire(
    objective: float, error_ratio: float, burn_rate: float, long_window_minutes: float
) -> float:
    """Minutes from the first error until a burn rule fires; `math.inf` when it never does.

    `objective` in percent, `error_ratio` of 0 to 1 from then on. Traffic is taken to be steady and
    the long window full of events without error before; on a younger Prometheus the rule fires
    sooner. Add one scrape, one evaluation, and Alertmanager's `group_wait`.
    """
    allowed = burn_rate * budget(objective)
    return long_window_minutes * allowed / error_ratio if error_ratio > allowed else math.inf


def unreachable(objective: float) -> Iterator[Burn]:
    """Rules that can't fire even if everything fails: the burn rate is at most 1/budget."""
    return (burn for burn in BURNS if burn.rate * budget(objective) >= 1)
