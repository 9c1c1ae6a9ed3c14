"""Values as Grafana writes them, for the units that the dashboards use."""

from __future__ import annotations

import math

BYTES = ("B", "kiB", "MiB", "GiB", "TiB")
SUFFIXES = {
    "reqps": " req/s",
    "ops": " /s",
    "percent": " %",
    "Bps": "/s",
}
# Seconds from which on a time is written in a unit, and the unit's own length.
TIMES = (
    (2 * 365 * 86400, 365 * 86400, "years"),
    (2 * 86400, 86400, "days"),
    (7200, 3600, "h"),
    (120, 60, "min"),
    (1, 1, "s"),
    (1e-3, 1e-3, "ms"),
    (0, 1e-6, "µs"),
)


def written(value: float, unit: str, decimals: int | None = None) -> str:
    """`unit` is Grafana's id of a unit; an unknown one is written behind the figure."""
    if not math.isfinite(value):
        return "-"
    if unit in ("bytes", "Bps", "mbytes"):
        return _bytes(value * 1024**2 if unit == "mbytes" else value) + SUFFIXES.get(unit, "")
    if unit == "s":
        return _seconds(value)
    if unit == "percentunit":
        return f"{_percent(value * 100, decimals)} %"
    if unit == "currencyUSD":
        return f"{'-' if value < 0 else ''}${abs(value):,.2f}"
    if unit.startswith("suffix:"):
        return f"{_figure(value, decimals)} {unit.removeprefix('suffix:')}"
    return _figure(value, decimals) + SUFFIXES.get(unit, f" {unit}")


def _bytes(value: float) -> str:
    power = min(int(math.log(abs(value), 1024)), len(BYTES) - 1) if abs(value) >= 1 else 0
    return f"{_figure(value / 1024**power, None)} {BYTES[power]}"


def _seconds(value: float) -> str:
    if value == 0:
        return "0 s"
    _, length, name = next(row for row in TIMES if abs(value) >= row[0])
    return f"{_figure(value / length, None)} {name}"


def _percent(value: float, decimals: int | None) -> str:
    """Near 100 three digits would round away what differs."""
    return f"{value:.4g}" if decimals is None and 10 <= value <= 100 else _figure(value, decimals)


def _figure(value: float, decimals: int | None) -> str:
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    if abs(value) >= 1000:
        return f"{value / 1000:,.3g} K" if abs(value) < 1e6 else f"{value / 1e6:,.3g} M"
    return f"{value:.3g}"
