"""The names in legends: which ones a label can have, and the colour of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import yaml

from settings.project import ROOT

GREEN, YELLOW, ORANGE, RED, DARK_RED = "green", "#EAB839", "orange", "red", "dark-red"
GREY = "#7b8087"
# Of what is neither good nor bad: green, yellow, orange and red are left to what is.
PALETTE = (
    *("#3b7dd8", "#a352cc", "#17a2b8", "#8d6e63", "#e377c2", "#1b3f72"),
    *("#9e9d24", "#455a64", "#b39ddb", "#00695c", "#ad1457", "#7c8fa6"),
)
SERVICES = (
    *("backend", "worker", "frontend", "gateway", "postgres", "redis", "rabbitmq"),
    *("prometheus", "loki", "alertmanager", "grafana", "disk"),
)
MEANING = {
    **{"succeeded": "semi-dark-green", "retried": ORANGE, "failed": "semi-dark-red"},
    **{"cancelled": GREY},
    **{"2xx": GREEN, "3xx": "#3b7dd8", "4xx": YELLOW, "5xx": RED},
    **{"info": "#3b7dd8", "debug": GREY, "trace": "#b39ddb"},
    **{"warn": ORANGE, "error": RED, "fatal": DARK_RED},
    **{"limit": GREY, "target": GREY, "assumed": GREY},
    **dict(zip(SERVICES, PALETTE, strict=True)),
}
LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# More of them do not fit beside a graph, and no more colours can be told apart.
MOST = len(PALETTE)


def _objectives() -> tuple[str, ...]:
    document = yaml.safe_load((ROOT / "monitoring/slo.yml").read_text())
    return tuple(slo["name"] for slo in document["slos"])


LABELS: Mapping[str, Sequence[str]] = {
    "service": SERVICES,
    "job": SERVICES,
    "slo": _objectives(),
    "target": ("api", "frontend"),
    "class": ("2xx", "3xx", "4xx", "5xx"),
    "outcome": ("succeeded", "retried", "failed", "cancelled"),
    "level": ("fatal", "error", "warn", "info", "debug", "trace"),
}
"""Values of labels, as far as they are known beforehand."""


def names(legend: str) -> list[str] | None:
    """The names that a legend can give its series; None where a label has values of its own."""
    labels = LABEL.findall(legend)
    if "${" in legend or not set(labels) <= set(LABELS):
        return None
    found: list[str] = []
    for values in product(*(LABELS[label] for label in labels)):
        each = iter(values)
        found.append(LABEL.sub(lambda _, each=each: next(each), legend))
    return found


def colors(of: Iterable[str]) -> dict[str, str]:
    """A colour for each name: what it means, or the next one of the palette that is not in use."""
    wanted = list(dict.fromkeys(of))
    chosen = {name: MEANING[name] for name in wanted if name in MEANING}
    left = [color for color in PALETTE if color not in chosen.values()]
    return chosen | dict(zip((n for n in wanted if n not in MEANING), left, strict=False))
