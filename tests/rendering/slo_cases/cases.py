"""Courses of errors, and which burn alerts they fire.

Errors are given as multiples of the budget, so the minutes hold for every objective: errors at
m times the budget fill a long window of L minutes after L * burn / m minutes. Rules are evaluated
every 6 hours in these tests; every case ends on such an evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass

HOUR, DAY = 60, 1440
PAGE1 = {"severity": "page", "burn_rate": "14.4", "long_window": "1h", "short_window": "5m"}
PAGE6 = {"severity": "page", "burn_rate": "6", "long_window": "6h", "short_window": "30m"}
TICKET1 = {"severity": "ticket", "burn_rate": "3", "long_window": "1d", "short_window": "2h"}
TICKET3 = {"severity": "ticket", "burn_rate": "1", "long_window": "3d", "short_window": "6h"}
ALL = (PAGE1, PAGE6, TICKET1, TICKET3)
NONE: tuple[dict[str, str], ...] = ()

Phase = tuple[float, float]


@dataclass(frozen=True)
class Case:
    """`phases`: minutes, and errors as a multiple of the budget (None: all fails); clean before, up
    to `hours` in all, one sample each `step` minutes. Then exactly the burn alerts `fires` are
    there. `traffic`: events a minute."""

    name: str
    phases: tuple[tuple[float, float | None], ...]
    fires: tuple[dict[str, str], ...]
    hours: int
    step: int
    traffic: float = 1000


def _fast(name: str, *phases: Phase, fires: tuple[dict[str, str], ...]) -> Case:
    """12 h of samples: the windows of a day and of three see just these 720 minutes."""
    return Case(name, phases, fires, hours=12, step=1)


def _slow(name: str, *phases: Phase, fires: tuple[dict[str, str], ...]) -> Case:
    """78 h of a sample each 10 min, which are too few for the window of 5 min."""
    return Case(name, phases, fires, hours=78, step=10)


SLOW_BURNS = (TICKET1, TICKET3)
# A window over a gauge holds a sample at both its ends, one more than the steps between them.
AS_GAUGE = {29: 29.5, 12.017: 12.05, 4.0027: 4.033, 2.002: 2.007}
BURNS = (
    _fast("14.4x fires at minute 30 of errors at 29x", (30, 29), fires=(PAGE1, TICKET3)),
    _fast("14.4x does not fire at minute 29", (29, 29), fires=(TICKET3,)),
    _fast("14.4x resets 5 min after the end", (30, 40), (6, 0), fires=(TICKET3,)),
    _fast("14.4x holds 3 min after the end", (20, 80), (3, 0), fires=(PAGE1, TICKET3)),
    _fast("14.4x is quiet once 5 min are below", (20, 40), (10, 13), fires=(TICKET3,)),
    _fast("14.4x goes on while 5 min are above", (20, 40), (10, 16.5), fires=(PAGE1, TICKET3)),
    _fast("6x fires at minute 180 of errors at 12x", (180, 12.017), fires=(PAGE6, *SLOW_BURNS)),
    _fast("6x does not fire at minute 179", (179, 12.017), fires=(TICKET3,)),
    _fast("6x resets 30 min after the end", (200, 13), (31, 0), fires=SLOW_BURNS),
    _fast("6x holds 12 min after the end", (170, 14.2), (12, 0), fires=(PAGE6, *SLOW_BURNS)),
    _fast("6x is quiet once 30 min are below", (150, 14.3), (60, 5.4), fires=SLOW_BURNS),
    _fast("6x goes on while 30 min are above", (150, 14.3), (60, 6.9), fires=(PAGE6, *SLOW_BURNS)),
    _slow("3x and 1x fire at hour 18 of errors at 4x", (1080, 4.0027), fires=SLOW_BURNS),
    _slow("3x and 1x do not fire 10 min before", (1070, 4.0027), fires=NONE),
    _slow("3x resets 2 h after the end", (840, 5.9), (130, 0), fires=(TICKET3,)),
    _slow("3x holds 40 min after the end", (780, 5.9), (40, 0), fires=SLOW_BURNS),
    _slow("3x is quiet once 2 h are below", (720, 5.9), (240, 2.7), fires=(TICKET3,)),
    _slow("3x goes on while 2 h are above", (720, 5.9), (240, 3.45), fires=SLOW_BURNS),
    _slow("1x fires at hour 36 of errors at 2x", (2160, 2.002), fires=(TICKET3,)),
    _slow("1x does not fire 10 min before", (2150, 2.002), fires=NONE),
    _slow("1x resets 6 h after the end", (2160, 2.9), (370, 0), fires=NONE),
    _slow("1x holds 210 min after the end", (2160, 2.9), (210, 0), fires=(TICKET3,)),
    _slow("1x is quiet once 6 h are below", (1800, 2.9), (480, 0.9), fires=NONE),
    _slow("1x goes on while 6 h are above", (1800, 2.9), (480, 1.15), fires=(TICKET3,)),
)


def _failing(
    name: str, failures: float, minutes: int, hours: int, fires: tuple[dict[str, str], ...]
) -> Case:
    step, traffic = (1 if hours == 12 else 10), failures / minutes
    return Case(name, ((hours * HOUR, None),), fires, hours, step, traffic)


# Everything fails, and little is asked: it takes 5 bad events in the long window.
FLOORS = (
    _failing("4.5 failures in 3 d tell nobody", 4.5, 4320, 78, NONE),
    _failing("5.5 failures in 3 d are a ticket", 5.5, 4320, 78, (TICKET3,)),
    _failing("4.5 failures in 1 d are the ticket of 3 d", 4.5, DAY, 78, (TICKET3,)),
    _failing("5.5 failures in 1 d are both tickets", 5.5, DAY, 78, SLOW_BURNS),
    _failing("4.5 failures in 6 h page nobody", 4.5, 360, 12, SLOW_BURNS),
    _failing("5.5 failures in 6 h page", 5.5, 360, 12, (PAGE6, *SLOW_BURNS)),
    _failing("4.5 failures in 1 h are no page of 1 h", 4.5, 60, 12, (PAGE6, *SLOW_BURNS)),
    _failing("5.5 failures in 1 h are a page of 1 h", 5.5, 60, 12, ALL),
)
# Traffic by age in minutes, the newest last, with 4 bad events a minute throughout; and within
# which bounds events a minute then lie over each window. Half or double a window is out of them.
TRAFFIC = (
    (5040, 8),
    (2880, 16),
    (1080, 32),
    (240, 64),
    (60, 128),
    (30, 256),
    (25, 512),
    (3, 1000),
    (2, 2000),
)
# For example 2 h: 2 * 2000 + 3 * 1000 + 25 * 512 + 30 * 256 + 60 * 128 are 35160, or 293 a minute.
EVENTS_A_MINUTE = {
    "5m": (1330, 1540),
    "30m": (630, 690),
    "1h": (445, 470),
    "2h": (287, 297),
    "6h": (138, 143),
    "1d": (58, 60),
    "3d": (29.5, 30.5),
}
