"""Queries for what a stack has many of: a few names, the same for the whole time shown."""

from __future__ import annotations

from rendering.dashboards.targets import Prom


def largest(by: str, shown: str, ranked: str, count: int = 5) -> str:
    """`shown` for the `count` values of the labels `by` whose `ranked` is largest. `ranked` looks
    back from `@ end()`: topk alone would pick others at each moment."""
    return f"({shown}) and on ({by}) topk({count}, {ranked})"


def fleet(series: str, most: str) -> tuple[Prom, Prom]:
    """The process with the most, named `<most> process`, and the median one: how bad it is, and
    whether it is one process or all of them."""
    return (
        Prom(f"max({series})", f"{most} process"),
        Prom(f"quantile(0.5, {series})", "median process"),
    )
