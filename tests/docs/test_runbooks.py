from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings.project import ROOT

RUNBOOKS = ROOT / "docs/runbooks"
RULES = [
    *(ROOT / "monitoring/prometheus/rules").glob("*.yml"),
    *(ROOT / "monitoring/loki/rules").glob("**/*.yml"),
]
SECTIONS = ("Meaning", "First checks", "Remedy", "Rollback")


def alerts() -> list[dict[str, Any]]:
    groups = [g for file in sorted(RULES) for g in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def runbooks() -> list[Path]:
    return [path for path in sorted(RUNBOOKS.glob("*.md")) if path.name != "README.md"]


def section(text: str, name: str) -> str:
    """What stands below a heading, up to the next of the same depth."""
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def test_every_alert_has_a_runbook_and_every_runbook_an_alert():
    assert {path.stem for path in runbooks()} == {alert["alert"] for alert in alerts()}


def test_every_alert_names_its_own_runbook():
    wrong = {
        alert["alert"]
        for alert in alerts()
        if alert["annotations"]["runbook"] != f"docs/runbooks/{alert['alert']}.md"
    }
    assert not wrong


def test_a_runbook_names_the_time_that_its_alert_waits():
    waits = {alert["alert"]: alert.get("for", "").removesuffix("m") for alert in alerts()}
    named = {
        path.stem: re.findall(r"\bfor\s+(\S+)\s+minutes?\b", section(path.read_text(), "Meaning"))
        for path in runbooks()
    }
    assert {name: times for name, times in named.items() if set(times) - {waits[name]}} == {}


@pytest.mark.parametrize("path", runbooks(), ids=lambda path: path.stem)
def test_a_runbook_says_what_it_means_what_to_look_at_first_and_how_to_go_back(path: Path):
    text = path.read_text()
    assert [name for name in SECTIONS if not section(text, name)] == []
    checks = re.split(r"^\d+\. ", section(text, "First checks"), flags=re.MULTILINE)[1:]
    assert len(checks) == 3
    assert [check for check in checks if "`" not in check] == []
