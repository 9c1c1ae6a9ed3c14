"""Logs, alarms, managed monitoring, keys and secrets."""

from __future__ import annotations

from collections.abc import Iterator

from prices.charge import Charge, Planned, unknown
from prices.rules.rule import Rule
from prices.stack import Stack

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
DAYS_A_MONTH = 30


def log_group(resource: Planned, stack: Stack) -> Iterator[Charge]:
    """With as many days of logs as it keeps; compression is left out."""
    written, days = stack.usage.log_gib, resource.inputs.get("retentionInDays")
    yield Charge("cloudwatch/log-gb", written)
    if days:
        yield Charge("cloudwatch/log-gb-month", written * int(days) / DAYS_A_MONTH)
    else:
        yield unknown("CloudWatch Logs storage", "the group keeps its logs for good")


def alarm(resource: Planned, stack: Stack) -> Iterator[Charge]:
    """Each metric that it reads is billed."""
    queries = resource.inputs.get("metricQueries") or []
    metrics = sum(1 for query in queries if query.get("metric")) if queries else 1
    yield Charge("cloudwatch/alarm-month", metrics)


def prometheus(resource: Planned, stack: Stack) -> Iterator[Charge]:
    yield unknown("Managed Prometheus", "its samples depend on the metrics of the tasks")


def grafana(resource: Planned, stack: Stack) -> Iterator[Charge]:
    yield unknown("Managed Grafana", "its price depends on who uses it")


def key(resource: Planned, stack: Stack) -> Iterator[Charge]:
    yield Charge("kms/key-month", 1)


def secret(resource: Planned, stack: Stack) -> Iterator[Charge]:
    yield Charge("secretsmanager/secret-month", 1)


def parameter(resource: Planned, stack: Stack) -> Iterator[Charge]:
    """Systems Manager pricing: standard parameters are free."""
    if resource.inputs.get("tier") == "Advanced":
        yield Charge("ssm/advanced-parameter-month", 1)


RULES: dict[str, Rule] = {
    LOG_GROUP: log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
    "aws:amp/workspace:Workspace": prometheus,
    "aws:grafana/workspace:Workspace": grafana,
    "aws:kms/key:Key": key,
    "aws:secretsmanager/secret:Secret": secret,
    "aws:ssm/parameter:Parameter": parameter,
}
