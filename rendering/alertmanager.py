"""alertmanager.yml from the alerting settings. Pure: no file is read or written.

Alertmanager 0.25 or newer takes it; a webhook whose address is a secret needs 0.26 (`url_file`).

Peers stand in no configuration file. What each environment passes:

- compose, one instance: `--cluster.listen-address=` (empty: no cluster)
  and `--web.external-url=http://127.0.0.1:9093`.
- AWS, one instance: the same with Grafana's address.
- AWS in production, two instances, from Alertmanager's high availability document:
  `--cluster.listen-address=0.0.0.0:9094`, `--cluster.advertise-address=<the task's address>:9094`,
  `--cluster.peer=<DNS name of the service>:9094` (the name gives both addresses; a task that finds
  itself there is no problem), one `--web.external-url` for both. The defaults stay for the rest:
  `--cluster.peer-timeout=15s` is how long the second waits for the first. Port 9094 is open
  between the two for TCP and UDP. Prometheus sends each alert to both itself, never through a
  balancer. The instances must render the same configuration, or both would notify.

People see and silence alerts in Grafana, through its data source Alertmanager.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from settings.monitoring.alerting import (
    STACK_TOPIC,
    AlertingSettings,
    AlertRoute,
    Email,
    Receiver,
    Slack,
    is_secret,
)

NOBODY = "_nobody"  # no receiver of the settings can have this name
GROUP_BY = ["alertname", "slo", "service", "environment"]
IS_PAGE = 'severity="page"'

# A page waits only for its alert's siblings. After an hour the page is repeated.
PAGE_TIMES = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "1h"}
# A ticket waits for the page that would inhibit it, is sent in a batch, and is repeated once a day:
# it is for working hours.
TICKET_TIMES = {"group_wait": "5m", "group_interval": "15m", "repeat_interval": "24h"}
# One heartbeat per minute: the repeat interval must have elapsed by then, so it is a bit shorter.
WATCHDOG_TIMES = {"group_wait": "0s", "group_interval": "1m", "repeat_interval": "50s"}

INHIBIT_RULES = [
    # A page without an SLO inhibits nothing: a label missing from both alerts counts as equal.
    # The rule also keeps ErrorBudgetExhausted, a ticket, inhibited while the burn itself pages.
    {
        "source_matchers": [IS_PAGE, 'slo!=""'],
        "target_matchers": ['severity="ticket"'],
        "equal": ["slo", "environment"],
    },
    {
        "source_matchers": ['alertname="PlatformDown"'],
        "target_matchers": ['alertname!~"PlatformDown|Watchdog"'],
        "equal": ["environment"],
    },
]


def alertmanager_config(
    alerting: AlertingSettings,
    *,
    secrets_dir: str,
    templates: Sequence[str],
    sns_topic_arn: str | None = None,
    region: str | None = None,
) -> dict[str, Any]:
    """The content of alertmanager.yml.

    `secrets_dir` holds each secret in a file of its name in lower case; `templates` are globs;
    `sns_topic_arn` and `region` are the stack's topic, which `sns: true` stands for.
    Errors: ValueError where `sns: true` is used without them.
    """
    return {
        "templates": list(templates),
        "route": _route_tree(alerting),
        "inhibit_rules": INHIBIT_RULES,
        "receivers": [
            *([{"name": NOBODY}] if alerting.watchdog is None else []),
            *(
                _receiver(name, receiver, secrets_dir, sns_topic_arn, region)
                # Pulumi hands a map of the config over in the order of its keys.
                for name, receiver in sorted(alerting.receivers.items())
            ),
        ],
    }


def urls_template(alerting: AlertingSettings) -> str:
    """urls.tmpl: the base addresses, since templates can't read variables."""
    addresses = {"runbooks": alerting.runbooks_url, "grafana": alerting.grafana_url}
    return "".join(
        f'{{{{ define "plataforma.{name}" }}}}{address.rstrip("/")}{{{{ end }}}}\n'
        for name, address in addresses.items()
    )


def _route_tree(alerting: AlertingSettings) -> dict[str, Any]:
    """The first child that matches takes an alert; times go by the alert's severity."""
    return {
        "receiver": alerting.default,
        "group_by": GROUP_BY,
        **TICKET_TIMES,
        "routes": [
            {
                "receiver": alerting.watchdog or NOBODY,
                "matchers": ['alertname="Watchdog"'],
                "group_by": ["alertname", "environment"],
                **WATCHDOG_TIMES,
            },
            *(child for route in alerting.routes for child in _routes(route)),
            {"receiver": alerting.default, "matchers": [IS_PAGE], **PAGE_TIMES},
        ],
    }


def _routes(route: AlertRoute) -> Iterator[dict[str, Any]]:
    """A route for both severities becomes two."""
    owner = [f'owner="{route.owner}"'] if route.owner else []
    if route.severity != "ticket":
        yield {"receiver": route.receiver, "matchers": [IS_PAGE, *owner], **PAGE_TIMES}
    if route.severity != "page":
        matchers = ['severity="ticket"'] if route.severity else ['severity!="page"']
        yield {"receiver": route.receiver, "matchers": [*matchers, *owner]}


def _receiver(
    name: str, receiver: Receiver, secrets_dir: str, topic_arn: str | None, region: str | None
) -> dict[str, Any]:
    built: dict[str, Any] = {"name": name}
    if receiver.email:
        built["email_configs"] = [_email(receiver.email, secrets_dir)]
    if receiver.slack:
        built["slack_configs"] = [_slack(receiver.slack, secrets_dir)]
    if receiver.pagerduty:
        built["pagerduty_configs"] = [_pagerduty(secret_file(secrets_dir, receiver.pagerduty))]
    if receiver.webhook:
        built["webhook_configs"] = [_webhook(receiver.webhook, secrets_dir)]
    if receiver.sns:
        built["sns_configs"] = [_sns(name, receiver.sns, topic_arn, region)]
    return built


def secret_file(secrets_dir: str, secret: str) -> str:
    """The path of a secret's file: its name in lower case."""
    return f"{secrets_dir.rstrip('/')}/{secret.lower()}"


def _email(email: Email, secrets_dir: str) -> dict[str, Any]:
    built: dict[str, Any] = {
        "send_resolved": True,
        "to": ", ".join(email.to),
        "from": email.sender,
        "smarthost": email.smarthost,
        "require_tls": email.require_tls,
        "headers": {"Subject": _template("title")},
        "text": _template("text"),
        "html": _template("html"),
    }
    if email.username and email.password:
        built["auth_username"] = email.username
        built["auth_password_file"] = secret_file(secrets_dir, email.password)
    return built


def _slack(slack: Slack, secrets_dir: str) -> dict[str, Any]:
    return {
        "send_resolved": True,
        "api_url_file": secret_file(secrets_dir, slack.webhook),
        "channel": slack.channel,
        "title": _template("title"),
        "title_link": _template("dashboard"),
        "fallback": _template("title"),
        "text": _template("slack"),
        "color": _template("color"),
    }


def _pagerduty(key_file: str) -> dict[str, Any]:
    return {
        "send_resolved": True,
        "routing_key_file": key_file,
        "description": _template("title"),
        "severity": _template("pagerduty.severity"),
        "class": "{{ .CommonLabels.alertname }}",
        "component": "{{ .CommonLabels.service }}",
        "group": "{{ .CommonLabels.slo }}",
        "details": {"text": _template("text"), "burn_rate": _template("burn.common")},
        "links": [
            {"href": _template("dashboard"), "text": "Dashboard"},
            {"href": _template("runbook"), "text": "Runbook"},
            {"href": _template("silence"), "text": "Silence"},
        ],
    }


def _webhook(address: str, secrets_dir: str) -> dict[str, Any]:
    place = (
        {"url_file": secret_file(secrets_dir, address)} if is_secret(address) else {"url": address}
    )
    return {"send_resolved": True, **place}


def _sns(name: str, topic: str, stack_topic: str | None, region: str | None) -> dict[str, Any]:
    """Signed by the task's role. The region of another topic is in its ARN."""
    if topic == STACK_TOPIC and not (stack_topic and region):
        raise ValueError(f"receivers.{name}.sns: true needs the stack's topic and its region.")
    return {
        "send_resolved": True,
        "topic_arn": stack_topic if topic == STACK_TOPIC else topic,
        "sigv4": {"region": region if topic == STACK_TOPIC else topic.split(":")[3]},
        "subject": _template("title"),
        "message": _template("text"),
    }


def _template(name: str) -> str:
    return f'{{{{ template "plataforma.{name}" . }}}}'
