"""Writes what is rendered from the monitoring's data: `make rules`.

monitoring/prometheus/rules/slo.yml from monitoring/slo.yml, the unit tests of those rules from
rendering/slo/cases.py, and Alertmanager's files of the compose stack. Everything is checked first;
a problem anywhere leaves every file as it was.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from commands.render import alertmanager_files, written
from commands.render.alertmanager_files import AlertingError
from rendering.slo import cases, reading
from rendering.slo.reading import SloError
from rendering.slo.rendering import rule_groups
from settings.project import ROOT

SLOS = ROOT / "monitoring/slo.yml"
SLO_RULES = ROOT / "monitoring/prometheus/rules/slo.yml"
SLO_TESTS = ROOT / "monitoring/prometheus/tests"
TESTS_HEADER = "# Written by `make rules` from rendering/slo/cases.py; edit it there.\n"
HEADER = "# Written by `make rules` from monitoring/slo.yml; edit it there.\n"

Renderer = Callable[[], dict[Path, str]]


class RulesError(Exception):
    """Something can't be rendered. The message holds every problem of every source."""


def slo_rules() -> dict[Path, str]:
    """Prometheus' rules of the SLOs. Errors: SloError with every problem of slo.yml."""
    spec = reading.read(SLOS)
    for warning in reading.warnings(spec):
        print(f"warning: {warning}", file=sys.stderr)
    return {SLO_RULES: HEADER + as_yaml(rule_groups(spec))}


def slo_tests() -> dict[Path, str]:
    """promtool's unit tests of the SLO rules."""
    return {SLO_TESTS / name: TESTS_HEADER + as_yaml(file) for name, file in cases.files().items()}


RENDERERS: tuple[Renderer, ...] = (slo_rules, slo_tests, alertmanager_files.rendered)


def rendered(renderers: tuple[Renderer, ...] | None = None) -> dict[Path, str]:
    """Text by file, as it has to be. Errors: RulesError with every problem of every source."""
    files: dict[Path, str] = {}
    problems: list[str] = []
    for renderer in RENDERERS if renderers is None else renderers:
        try:
            files |= renderer()
        except (SloError, AlertingError) as refused:
            problems.append(str(refused))
    if problems:
        raise RulesError("\n".join(problems))
    return files


def as_yaml(content: dict[str, Any]) -> str:
    """YAML in the order given, expressions of several lines as blocks."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Writes maps again where they recur, rather than as YAML aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def main() -> int:
    try:
        files = rendered()
    except RulesError as refused:
        print(refused, file=sys.stderr)
        return 1
    written.write(ROOT, files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
