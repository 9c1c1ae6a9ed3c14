"""Values as Grafana writes them, for the units that the dashboards use."""

from __future__ import annotations

import math

BYTES = ("B", "kiB", "MiB", "GiB", "TiB")
SUFFIXES = {
    "none": "",
    "reqps": " req/s",
    "ops": " /s",
    "percent": " %",
    "Bps": "/s",
}


def written(value: float, unit: str, decimals: int | None = None) -> str:
    """`unit` is Grafana's id of a unit; an unknown one is written behind the figure."""
    if not math.isfinite(value):
        return "-"
    if unit in ("bytes", "Bps", "mbytes"):
        return _bytes(value * 1024**2 if unit == "mbytes" else value) + SUFFIXES.get(unit, "")
    if unit == "s":
        return _seconds(value)
    if unit == "percentunit":
        return f"{_figure(value * 100, decimals)} %"
    return _figure(value, decimals) + SUFFIXES.get(unit, f" {unit}")


def _bytes(value: float) -> str:
    power = min(int(math.log(abs(value), 1024)), len(BYTES) - 1) if abs(value) >= 1 else 0
    return f"{_figure(value / 1024**power, None)} {BYTES[power]}"


def _seconds(value: float) -> str:
    size = abs(value)
    if size == 0:
        return "0 s"
    if size < 1e-3:
        return f"{_figure(value * 1e6, None)} µs"
    if size < 1:
        return f"{_figure(value * 1e3, None)} ms"
    if size < 120:
        return f"{_figure(value, None)} s"
    return f"{_figure(value / 60, None)} min" if size < 7200 else f"{_figure(value / 3600, None)} h"


def _figure(value: float, decimals: int | None) -> str:
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    if abs(value) >= 1000:
        return f"{value / 1000:,.3g} K" if abs(value) < 1e6 else f"{value / 1e6:,.3g} M"
    return f"{value:.3g}"
