"""Renders Alertmanager's files of the compose stack from monitoring/alertmanager/alerting.yml."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from rendering.alertmanager import alertmanager_config, urls_template
from rendering.yaml_text import as_yaml
from settings.monitoring.alerting import AlertingSettings, problems, reference_problems
from settings.problems import Problem, problem_of
from settings.project import ROOT

FOLDER = ROOT / "monitoring/alertmanager"
SOURCE = FOLDER / "alerting.yml"
SECRETS_DIR = "/run/secrets"
TEMPLATES = ("templates/*.tmpl",)
HEADER = "# Written by `make rules` from alerting.yml; edit it there.\n"


class AlertingError(Exception):
    """alerting.yml is not usable. The message lists every problem; nothing was written."""

    def __init__(self, source: Path, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = "\n".join(f"  {problem.path}: {problem.text}" for problem in self.problems)
        super().__init__(f"{source} has {count}; nothing was written:\n{lines}")


def rendered(source: Path = SOURCE) -> dict[Path, str]:
    """Text by file, as it has to be. Errors: AlertingError with every problem of `source`."""
    alerting = read(source)
    config = alertmanager_config(alerting, secrets_dir=SECRETS_DIR, templates=TEMPLATES)
    return {
        FOLDER / "alertmanager.yml": HEADER + as_yaml(config, width=100),
        FOLDER / "templates/urls.tmpl": urls_template(alerting),
    }


def read(source: Path) -> AlertingSettings:
    """The checked content of an alerting.yml. Errors: AlertingError with every problem."""
    try:
        written: Any = yaml.safe_load(source.read_text())
    except yaml.YAMLError as broken:
        raise AlertingError(source, [Problem("(file)", f"is not YAML: {broken}")]) from None
    if not isinstance(written, dict):
        raise AlertingError(source, [Problem("(file)", "is not a map of keys.")])
    try:
        alerting = AlertingSettings.model_validate_json(json.dumps(written, default=str))
    except ValidationError as invalid:
        shape = [problem_of(error, AlertingSettings, ()) for error in invalid.errors()]
        references = reference_problems(written)
        raise AlertingError(source, [*shape, *references]) from None
    found = list(problems(alerting, on_aws=False))
    if found:
        raise AlertingError(source, found)
    return alerting
