"""The index lists each alert below its owner, with its severities."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import yaml

from settings.project import ROOT

RULES = [
    *(ROOT / "monitoring/prometheus/rules").glob("*.yml"),
    *(ROOT / "monitoring/loki/rules").rglob("*.yml"),
]
Index = dict[str, dict[str, set[str]]]


def test_the_index_is_what_the_rules_say():
    wanted: Index = defaultdict(lambda: defaultdict(set))
    for name, owner, severity in alerts():
        wanted[owner][name].add(severity)
    assert index() == wanted


def alerts() -> Iterator[tuple[str, str, str]]:
    for file in RULES:
        for group in yaml.safe_load(file.read_text())["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    labels = rule["labels"]
                    yield rule["alert"], labels["owner"], labels["severity"]


def index() -> Index:
    """Severities by alert by owner."""
    text = (ROOT / "docs/runbooks/README.md").read_text()
    found: Index = {}
    for owner, lines in re.findall(r"^## Alerts of (\w+)\n(.*?)(?=^## |\Z)", text, re.M | re.S):
        rows = re.findall(r"^- \[(\w+)\]\((\w+)\.md\) \((.+?)\):", lines, re.MULTILINE)
        assert all(name == page for name, page, _ in rows)
        assert [name for name, _, _ in rows] == sorted(name for name, _, _ in rows)
        found[owner] = {name: set(severities.split(", ")) for name, _, severities in rows}
    return found
