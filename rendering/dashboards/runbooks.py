"""Where the runbooks are, as notifications say it too."""

from __future__ import annotations

import yaml

from settings.monitoring.alerting import AlertingSettings
from settings.project import ROOT


def runbook(alert: str) -> str:
    """The address of an alert's runbook; `alert` may be a variable of Grafana."""
    text = (ROOT / "monitoring/alertmanager/alerting.yml").read_text()
    base = AlertingSettings.model_validate(yaml.safe_load(text)).runbooks_url
    return f"{base.rstrip('/')}/docs/runbooks/{alert}.md"
