"""Schedule expressions of EventBridge rules and of Application Auto Scaling.

Sources: EventBridge User Guide, "Cron expressions reference" and "Rate expressions reference";
Application Auto Scaling User Guide, "Schedule recurring scaling actions using cron expressions".
For Application Auto Scaling it is not confirmed that 1 wants the singular; it takes it as well.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

_EXAMPLE = "at(2027-01-31T08:00:00)"
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Field:
    """One field of a cron expression: its range, the names of its values, its own wildcards.

    `own` is an expression of the wildcards that only this field takes.
    """

    name: str
    least: int
    most: int
    names: Mapping[str, int] = field(default_factory=dict[str, int])
    own: str = "(?!)"

    def problem(self, text: str) -> str:
        """What is wrong with the field's text; empty where nothing is."""
        for part in text.split(","):
            if text in ("*", "?") or re.fullmatch(self.own, part):
                continue
            base, slash, step = part.partition("/")
            if slash and not (_NUMBER.fullmatch(step) and int(step) > 0):
                return f"{self.name}: {part!r} has no step of 1 or more after /"
            if base != "*" and (wrong := self._range_problem(base)):
                return wrong
        return ""

    def _range_problem(self, text: str) -> str:
        values = [self._value(end) for end in text.split("-", 1)]
        if None in values:
            names = f" or {'-'.join([*self.names][:: len(self.names) - 1])}" if self.names else ""
            return f"{self.name}: {text!r} is not of {self.least} to {self.most}{names}"
        return ""

    def _value(self, text: str) -> int | None:
        value = int(text) if _NUMBER.fullmatch(text) else self.names.get(text.upper())
        return value if value is not None and self.least <= value <= self.most else None


_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
FIELDS = (
    Field("minutes", 0, 59),
    Field("hours", 0, 23),
    Field("day of month", 1, 31, own="L|LW|([1-9]|[12][0-9]|3[01])W"),
    Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    Field(
        "day of week",
        1,
        7,
        {name: number for number, name in enumerate(_DAYS, 1)},
        own=f"L|([1-7]|(?i:{'|'.join(_DAYS)}))(L|#[1-5])",
    ),
    Field("year", 1970, 2199),
)


def problem(expression: str) -> str:
    """What is wrong with `cron(...)`, `rate(...)` or `at(...)`; empty where nothing is."""
    found = re.fullmatch(r"(cron|rate|at)\((.*)\)", expression)
    if not found:
        return "is none of cron(...), rate(...), at(...)"
    return {"cron": _cron, "rate": _rate, "at": _at}[found.group(1)](found.group(2))


def time_zone_problem(name: str) -> str:
    """What is wrong with a time zone: AWS takes canonical names of IANA."""
    return "" if name in zoneinfo.available_timezones() else "is not an IANA time zone"


def _cron(text: str) -> str:
    parts = text.split(" ")
    if len(parts) != len(FIELDS) or "" in parts:
        names = ", ".join(one.name for one in FIELDS)
        return f"cron needs {len(FIELDS)} fields ({names}), with one space between"
    for one, part in zip(FIELDS, parts, strict=True):
        if "?" in part and (part != "?" or not one.name.startswith("day")):
            return f"{one.name}: ? stands alone, for a day of month or a day of week"
        if wrong := one.problem(part):
            return wrong
    if "#" in parts[4] and "," in parts[4]:
        return "day of week: with # there is one expression"
    if (parts[2] == "?") == (parts[4] == "?"):
        return "exactly one of day of month and day of week must be ?"
    return ""


def _rate(text: str) -> str:
    found = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", text)
    if not found:
        return "rate needs a positive number and minute(s), hour(s) or day(s)"
    number, unit, plural = found.groups()
    if (number == "1") == bool(plural):
        return f"rate({text}): it is {number} {unit}{'' if number == '1' else 's'}"
    return ""


def _at(text: str) -> str:
    try:
        found = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").isoformat()  # takes 2027-1-31 too
    except ValueError:
        found = ""
    return "" if found == text else f"at needs a date and a time that exist, as {_EXAMPLE}"
