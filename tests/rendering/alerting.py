"""Alerting as tests configure it, and the program that checks Alertmanager's files."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from commands.render.alertmanager_files import FOLDER
from rendering.alertmanager import alertmanager_config, urls_template
from settings.monitoring.alerting import AlertingSettings
from tests.support.programs import program

TOPIC = "arn:aws:sns:eu-west-1:111122223333:plataforma-prod-alarms"
OTHER_TOPIC = "arn:aws:sns:us-east-1:111122223333:elsewhere"
FULL: dict[str, Any] = {
    "runbooksUrl": "https://code.example.com/plataforma/blob/main/",
    "grafanaUrl": "https://grafana.example.com",
    "receivers": {
        "pager": {"pagerduty": "PAGERDUTY_KEY"},
        "backend-chat": {"slack": {"channel": "#backend", "webhook": "SLACK_WEBHOOK"}},
        "mail": {
            "email": {
                "to": ["a@example.com", "b@example.com"],
                "from": "alerts@example.com",
                "smarthost": "smtp.example.com:587",
                "username": "alerts",
                "password": "SMTP_PASSWORD",
            },
            "sns": True,
        },
        "far": {"sns": OTHER_TOPIC, "webhook": "http://tickets.example.com/new"},
        "beat": {"webhook": "http://beat.example.com/"},
    },
    "routes": [
        {"severity": "page", "owner": "backend", "receiver": "pager"},
        {"owner": "backend", "receiver": "backend-chat"},
        {"owner": "frontend", "receiver": "backend-chat"},
        {"severity": "page", "receiver": "pager"},
        {"severity": "ticket", "owner": "worker", "receiver": "far"},
    ],
    "default": "mail",
    "watchdog": "beat",
}
BURN = {
    "labels": {
        "alertname": "ApiAvailabilityBurn",
        "slo": "api-availability",
        "service": "backend",
        "environment": "prod",
        "severity": "page",
        "owner": "backend",
        "burn_rate": "14.4",
        "long_window": "1h",
        "short_window": "5m",
    },
    "annotations": {
        "summary": "2 % of requests fail & <burn> the budget",
        "description": "Users see errors.",
        "runbook": "docs/runbooks/ApiAvailabilityBurn.md",
        "dashboard": "/d/service?var-service=backend",
    },
}
DASHBOARD = "https://grafana.example.com/d/service?var-service=backend"
RUNBOOK = "https://code.example.com/plataforma/blob/main/docs/runbooks/ApiAvailabilityBurn.md"
SILENCE = (
    "https://grafana.example.com/alerting/silence/new?alertmanager=Alertmanager"
    "&matcher=alertname%3DApiAvailabilityBurn&matcher=environment%3Dprod"
    "&matcher=service%3Dbackend&matcher=slo%3Dapi-availability"
)


def amtool(*arguments: str) -> str:
    command = [program("amtool"), "--no-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alerting(raw: Mapping[str, Any]) -> AlertingSettings:
    return AlertingSettings.model_validate_json(json.dumps(raw))


def config_of(raw: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The configuration as AWS gets it, with templates and secrets in a folder."""
    settings = alerting(raw)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(FOLDER / "templates/plataforma.tmpl", folder)
    (folder / "urls.tmpl").write_text(urls_template(settings))
    return alertmanager_config(
        settings,
        secrets_dir=str(folder),
        templates=[f"{folder}/*.tmpl"],
        sns_topic_arn=TOPIC,
        region="eu-west-1",
    )


def hurried(config: dict[str, Any]) -> dict[str, Any]:
    """The same without the waits that bundle alerts."""
    quick = copy.deepcopy(config)
    for route in (quick["route"], *quick["route"]["routes"]):
        if "group_wait" in route:
            route |= {"group_wait": "0s", "group_interval": "1s"}
    return quick
