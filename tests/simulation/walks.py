"""Walks through the life of stacks: changes that a stack file may ask for, one after another."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.configs import changed, with_ciphertext

Config = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A change of keys, given by dotted path."""

    name: str
    keys: Mapping[str, Any]


@dataclass(frozen=True)
class Walk:
    """The stack file to begin with, and its changes, each made on top of those before it. After
    the last one the stack is destroyed, made again as it was first, and destroyed."""

    name: str
    first: Config
    steps: Sequence[Step]


def after(config: Config, keys: Mapping[str, Any]) -> Config:
    """The config with these keys; None removes one."""
    result = copy.deepcopy(config)
    for path, value in keys.items():
        *parents, last = path.split(".")
        holder = result
        for parent in parents:
            holder = holder.setdefault(parent, {})
        if value is None:
            holder.pop(last, None)
        else:
            holder[last] = value
    return result


_RECEIVERS = {
    "runbooksUrl": "https://example.com/",
    "grafanaUrl": "https://grafana.example.com",
    "receivers": {"team": {"sns": True}},
    "default": "team",
}
_BACKEND: Config = {
    "image": "backend",
    "port": 3000,
    "route": {"paths": ["/api/*"]},
    "database": True,
    "scaling": {
        "min": 1,
        "max": 3,
        "cpu": 60,
        "schedules": [{"at": "cron(0 8 * * ? *)", "min": 2, "max": 4}],
    },
}
_INTERNAL: Config = {"image": "internal", "port": 8080, "scaling": {"min": 1, "max": 2, "cpu": 60}}
_FIRST = with_ciphertext(
    changed(
        {
            "alarms": {"emails": ["ops@example.com"]},
            "database": {"password": "DATABASE_PASSWORD", "proxy": True, "readReplicas": 1},
            "network": {"endpoints": ["logs"]},
            "secrets.DATABASE_PASSWORD": "simulated-database-password",
            "services.backend": _BACKEND,
            "services.internal": _INTERNAL,
        }
    )
)

PLATFORM = Walk(
    "platform",
    _FIRST,
    [
        Step(
            "sizes",
            {
                "database.instanceClass": "db.m7g.large",
                "database.storage": {"gib": 40, "maxGib": 200},
                "database.multiAz": True,
                "database.backups": {"retentionDays": 14, "window": "02:00-03:00"},
                "cache.nodeType": "cache.m7g.large",
                "cache.replicas": 1,
                "cache.snapshotRetentionDays": 3,
                "broker.visibilityTimeoutSeconds": 90,
                "broker.maxReceives": 3,
                "services.backend.cpu": 512,
                "services.backend.memory": 1024,
                "services.backend.scaling.max": 6,
                "services.backend.logRetentionDays": 60,
                "services.backend.health": {"path": "/ready", "deregistrationDelaySeconds": 60},
            },
        ),
        Step("minor versions", {"database.version": "17.5", "cache.version": "8.1"}),
        Step(
            "alarms, WAF, cluster",
            {
                "alarms": {"emails": ["sre@example.com"], "webhooks": ["https://example.com/x"]},
                "cluster": {"exec": True, "containerInsights": "enhanced"},
                "edge.waf": {"requestsPerFiveMinutes": 500},
                "edge.accessLogDays": 30,
                "network.endpoints": ["logs", "ssm"],
                "network.flowLogRetentionDays": 60,
            },
        ),
        Step("a gateway in each zone", {"network.nat": "per-az"}),
        Step("no replicas, no proxy", {"database.readReplicas": 0, "database.proxy": False}),
        Step("the proxy again", {"database.proxy": True}),
        Step("a managed password", {"database.password": "managed"}),
        Step("an own password", {"database.password": "DATABASE_PASSWORD"}),
        Step("another queue", {"broker.queues": ["events", "mails"]}),
        Step("one queue", {"broker.queues": ["events"]}),
        Step("CloudFront", {"edge.cdn": {"enabled": True}}),
        Step("no CloudFront", {"edge.cdn": {"enabled": False}}),
        Step("another domain", {"domain": "next.example.com"}),
        Step("managed monitoring", {"monitoring": {"mode": "managed", "alerting": _RECEIVERS}}),
        Step("no monitoring", {"monitoring": {"mode": "off"}}),
        Step("Redis", {"cache.engine": "redis", "cache.version": "7.1"}),
    ],
)

SERVICES = Walk(
    "services",
    _FIRST,
    [
        Step("Fargate Spot", {"services.backend.spotShare": 50}),
        Step("another port", {"services.backend.port": 4000}),
        Step("an internal port", {"services.internal.port": 9090}),
        Step("a route", {"services.internal.route": {"paths": ["/internal/*"], "priority": 7}}),
        Step(
            "another name for a service with a fixed priority",
            {
                "services.internal": None,
                "services.renamed": _INTERNAL
                | {"route": {"paths": ["/internal/*"], "priority": 7}},
            },
        ),
        Step("no route", {"services.renamed": _INTERNAL}),
        Step("a service less", {"services.renamed": None}),
        Step("the service again", {"services.internal": _INTERNAL}),
        Step(
            "another secret store",
            {"secrets.JWT": {"secure": "v1:x", "store": "secretsmanager"}},
        ),
        Step("the secret gone", {"secrets.JWT": None}),
        Step(
            "the secret again",
            {"secrets.JWT": {"secure": "v1:x", "store": "secretsmanager"}},
        ),
    ],
)

SHIFTS = ("all-at-once", "canary", "linear")
ROLLOUTS: list[dict[str, str]] = [
    {"strategy": "rolling"},
    *(
        {"strategy": strategy, "shift": s}
        for strategy in ("codedeploy", "blue-green")
        for s in SHIFTS
    ),
]


def rotated(by: int) -> dict[str, Config]:
    """A service for each rollout: a turn by 1 to 6 changes each rollout to each other."""
    return {
        f"s{number}": {
            **_BACKEND,
            "route": {"paths": [f"/{number}/*"]},
            "rollout": ROLLOUTS[(number + by) % len(ROLLOUTS)],
        }
        for number in range(len(ROLLOUTS))
    }


def _with_services(services: Mapping[str, Config]) -> Config:
    config = with_ciphertext(changed({"migrations": {"service": "s0"}}))
    return {**config, "services": {**services, "worker": config["services"]["worker"]}}


TURNS = (1, 3, 6, 10, 15, 21)
"""Sums of 1 to 6: each turn is by one more than the one before."""
STRATEGIES = Walk(
    "strategies",
    _with_services(rotated(0)),
    [
        Step(
            "a variable in every service",
            {f"services.s{n}.environment": {"LOG_LEVEL": "debug"} for n in range(len(ROLLOUTS))},
        ),
        *(
            Step(
                f"turn {number}",
                {f"services.{name}": service for name, service in rotated(turn).items()},
            )
            for number, turn in enumerate(TURNS, start=1)
        ),
    ],
)

_RABBITMQ = {"kind": "rabbitmq", "queues": ["events"]}
BROKERS = Walk(
    "brokers",
    with_ciphertext(
        changed({"broker": _RABBITMQ, "secrets.BROKER_PASSWORD": "simulated-broker-password"})
    ),
    [
        Step("a larger instance", {"broker.instanceType": "mq.m7g.large"}),
        Step("another version", {"broker.version": "4.2"}),
        Step("SQS", {"broker": {"kind": "sqs", "queues": ["events"]}}),
        Step("RabbitMQ again", {"broker": _RABBITMQ}),
        Step("a cluster", {"broker.deployment": "cluster"}),
    ],
)
WALKS = (PLATFORM, SERVICES, STRATEGIES, BROKERS)
