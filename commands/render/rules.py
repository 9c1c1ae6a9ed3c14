"""Writes what is rendered from the monitoring's data: `make rules`.

monitoring/prometheus/rules/slo-<owner>.yml from monitoring/slo.yml, a file for each application
that a stack may lack, and Alertmanager's files of the compose stack from
monitoring/alertmanager/alerting.yml. Everything is checked first; a problem anywhere leaves every
file as it was.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from commands.render import alertmanager_files
from commands.render.alertmanager_files import AlertingError
from commands.render.output import write_files
from rendering.slo import reading
from rendering.slo.models import Spec
from rendering.slo.reading import SloError
from rendering.slo.rules import rule_groups
from rendering.yaml_text import as_yaml
from settings.project import ROOT

SLOS = ROOT / "monitoring/slo.yml"
RULES = ROOT / "monitoring/prometheus/rules"
HEADER = "# Written by `make rules` from monitoring/slo.yml; edit it there.\n"

Renderer = Callable[[], dict[Path, str]]


class RulesError(Exception):
    """Something can't be rendered. The message holds every problem of every source."""


def slo_rules() -> dict[Path, str]:
    """Prometheus' rules of the SLOs. Errors: SloError with every problem of slo.yml."""
    spec = reading.read(SLOS)
    for warning in reading.warnings(spec):
        print(f"warning: {warning}", file=sys.stderr)
    return {
        RULES / f"slo-{owner}.yml": HEADER + as_yaml(rule_groups(_slos_of(owner, spec)))
        for owner in sorted({slo.labels.owner for slo in spec.slos})
    }


def _slos_of(owner: str, spec: Spec) -> Spec:
    own = [slo for slo in spec.slos if slo.labels.owner == owner]
    return spec.model_copy(update={"slos": own})


RENDERERS: tuple[Renderer, ...] = (slo_rules, alertmanager_files.rendered)


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


def main() -> int:
    try:
        files = rendered()
    except RulesError as refused:
        print(refused, file=sys.stderr)
        return 1
    write_files(ROOT, files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
