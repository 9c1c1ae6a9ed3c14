"""The properties of every plan that the tests make: what the table of limits is about."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from limits.paths import properties
from simulation.plan import Plan
from tests.support.configs import config
from tests.support.plans import plan_of
from tests.support.variants import bootstrap_plan, program_plans

ROLLOUTS = [
    config(services__backend__rollout={"strategy": strategy, "shift": shift})
    for strategy, shift in (
        ("blue-green", "canary"),
        ("blue-green", "linear"),
        ("blue-green", "all-at-once"),
        ("codedeploy", "linear"),
        ("codedeploy", "all-at-once"),
    )
]
EVERY_KEY = config(
    services__backend__scaling={
        "min": 0,
        "max": 3,
        "cpu": 50,
        "memory": 50,
        "requestsPerTarget": 100,
        "queue": {"name": "jobs", "acceptableLatencySeconds": 60, "averageJobSeconds": 4},
        "schedules": [{"at": "cron(0 8 ? * MON-FRI *)", "min": 1, "max": 2}],
    },
    services__backend__command=["node", "dist/main.js"],
    services__backend__health={"command": ["CMD", "node", "healthcheck.js"]},
    services__backend__environment={"LOG_LEVEL": "info"},
    services__backend__secrets=["API_KEY"],
    services__backend__route={"paths": ["/api/*"], "hosts": ["api.staging.example.com"]},
    secrets__TOKEN={"value": "simulated-token-of-the-api", "store": "secretsmanager"},
    broker={"kind": "rabbitmq", "queues": ["events"]},
    secrets__BROKER_PASSWORD="simulated-broker-password",
    alarms={"emails": ["a@example.com"], "webhooks": ["https://example.com/hook"]},
)


@cache
def plans() -> tuple[Plan, ...]:
    """The plans of both stacks, of the variants, of each rollout, of many keys at once, and of the
    account."""
    more = [plan_of(raw) for raw in (*ROLLOUTS, EVERY_KEY)]
    return (*program_plans(), *more, bootstrap_plan())


def properties_by_type() -> dict[str, set[str]]:
    """The paths of all properties of AWS's types."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for token, path, _ in planned():
        found[token].add(path)
    return found


def planned() -> list[tuple[str, str, Any]]:
    """Each property of the plans: type, path, value."""
    return [
        (resource.type, one.path, one.value)
        for plan in plans()
        for resource in plan.resources
        if resource.custom and resource.type.startswith("aws:")
        for one in properties(resource.inputs)
    ]
