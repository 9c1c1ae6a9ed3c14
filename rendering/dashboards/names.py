"""The names in legends: which ones a label can have, and the colour of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import yaml

from settings.project import ROOT

GREEN, YELLOW, ORANGE, RED, DARK_RED = "green", "#EAB839", "orange", "red", "dark-red"
CLEAR = "transparent"
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
# More names than a legend has: each has its colour everywhere, and few are shown at once.
WIDER = (
    *(*PALETTE, "#80cbc4", "#4527a0", "#bcaaa4", "#f48fb1", "#5d4037", "#81d4fa", "#c5b358"),
    *("#006064", "#d7a9e3", "#a1887f", "#5c6bc0", "#b5651d"),
)
# Of names that are not known beforehand: shades of it.
OTHERS = "#4f7cac"
# Before a service: drawn in its colour, but dashed, beside its logs.
TASKS = "tasks: "
QUEUES = ("jobs", "events", "events-dlq")


def _objectives() -> tuple[str, ...]:
    document = yaml.safe_load((ROOT / "monitoring/slo.yml").read_text())
    return tuple(slo["name"] for slo in document["slos"])


def _resources() -> tuple[str, ...]:
    document = yaml.safe_load((ROOT / "monitoring/prometheus/rules/capacity.yml").read_text())
    rules = [rule for group in document["groups"] for rule in group["rules"]]
    return tuple(
        rule["labels"]["resource"] for rule in rules if "resource" in rule.get("labels", {})
    )


def _routes() -> tuple[str, ...]:
    """As the API's framework writes them, and those that are not in its document."""
    document = json.loads((ROOT / "api/openapi.json").read_text())
    written = (re.sub(r"\{(\w+)\}", r":\1", path) for path in document["paths"])
    return (*written, "/healthz", "/readyz", "unmatched")


def _kinds() -> tuple[str, ...]:
    text = (ROOT / "worker/src/kinds/all.ts").read_text()
    return (*re.findall(r"'([\w.]+)':", text), "unknown")


LABELS: Mapping[str, Sequence[str]] = {
    "service": SERVICES,
    "job": SERVICES,
    "slo": _objectives(),
    "target": ("api", "frontend"),
    "class": ("2xx", "3xx", "4xx", "5xx"),
    "outcome": ("succeeded", "retried", "failed", "cancelled"),
    "level": ("fatal", "error", "warn", "info", "debug", "trace"),
    "resource": _resources(),
    "kind": _kinds(),
    "route": _routes(),
    "queue": QUEUES,
}
"""Values of labels, as far as they are known beforehand."""

# Labels with other values too.
OPEN = {"route", "queue"}
MEANING = {
    **{"succeeded": "semi-dark-green", "retried": ORANGE, "failed": "semi-dark-red"},
    **{"cancelled": GREY},
    **{"2xx": GREEN, "3xx": "#3b7dd8", "4xx": YELLOW, "5xx": RED},
    **{"info": "#3b7dd8", "debug": GREY, "trace": "#b39ddb"},
    **{"warn": ORANGE, "error": RED, "fatal": DARK_RED},
    **{"limit": GREY, "target": GREY, "assumed": GREY},
    **dict(zip(SERVICES, PALETTE, strict=True)),
    **dict(zip(LABELS["resource"], PALETTE, strict=False)),
    **dict(zip(QUEUES, PALETTE, strict=False)),
    **dict(zip((*LABELS["route"], *LABELS["kind"]), WIDER, strict=False)),
    **{"all": "text", "monitoring": GREY, "database": WIDER[len(PALETTE)]},
}
LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# More of them do not fit beside a graph, and no more colours can be told apart.
MOST = len(PALETTE)


def names(legend: str) -> list[str] | None:
    """The names that a legend can give; None where the values of a label are not known. Of labels
    side by side a series has one."""
    labels = LABEL.findall(legend)
    if "${" in legend or not set(labels) <= set(LABELS):
        return None
    if len(labels) > 1 and not LABEL.sub("", legend):
        return [name for label in labels for name in LABELS[label]]
    found: list[str] = []
    for values in product(*(LABELS[label] for label in labels)):
        each = iter(values)
        found.append(LABEL.sub(lambda _, each=each: next(each), legend))
    return found


def colors(of: Iterable[str]) -> dict[str, str]:
    """A colour for each name: what it means, also behind a colon, or the palette's next one that is
    not in use."""
    meant = {name: MEANING.get(name.rpartition(": ")[2]) for name in of}
    chosen = {name: color for name, color in meant.items() if color}
    left = [color for color in PALETTE if color not in chosen.values()]
    return chosen | dict(zip((name for name in meant if name not in chosen), left, strict=False))
