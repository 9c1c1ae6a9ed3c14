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
    """A change of keys, given by dotted path. `told`: what the program says where it refuses the
    change itself, before anything is changed. `refused`: what AWS says to one
    that docs/operations.md forbids; the stack goes back from it."""

    name: str
    keys: Mapping[str, Any]
    told: str = ""
    refused: str = ""


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


def _routed(priority: int) -> Config:
    return {
        "image": "backend",
        "port": 8080,
        "scaling": {"min": 1, "max": 2, "cpu": 60},
        "route": {"paths": ["/internal/*"], "priority": priority},
    }


_INTERNAL: Config = {
    "image": "backend",
    "port": 8080,
    "reachableBy": ["backend"],
    "scaling": {"min": 1, "max": 2, "cpu": 60},
}
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
        Step(
            "a major version",
            {"database.version": "18", "database.allowMajorVersionUpgrade": True},
        ),
        Step("the proxy again", {"database.proxy": True}),
        Step("a managed password", {"database.password": "managed"}),
        Step("an own password", {"database.password": "DATABASE_PASSWORD"}),
        Step("another queue", {"broker.queues": ["events", "mails"]}),
        Step("one queue", {"broker.queues": ["events"]}),
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
        Step("a route", {"services.internal": _routed(7)}),
        Step(
            "another name for a service with the same fixed priority",
            {"services.internal": None, "services.renamed": _routed(7)},
            refused="PriorityInUse: Priority '7' is currently in use",
        ),
        Step(
            "another name for a service with another priority",
            {"services.internal": None, "services.renamed": _routed(8)},
        ),
        Step("no route", {"services.renamed": _INTERNAL}),
        Step("a service less", {"services.renamed": None}),
        Step("the service again", {"services.internal": _INTERNAL}),
        Step(
            "another secret store",
            {"secrets.JWT": {"value": {"secure": "v1:x"}, "store": "secretsmanager"}},
        ),
        Step("the secret gone", {"secrets.JWT": None}),
        Step(
            "the secret again",
            {"secrets.JWT": {"value": {"secure": "v1:x"}, "store": "secretsmanager"}},
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


STRATEGIES_IN_ORDER = ("rolling", "codedeploy", "blue-green")


def _service(path: str, rollout: Mapping[str, str], priority: int | None = None) -> Config:
    route: Config = {"paths": [path]} | ({"priority": priority} if priority else {})
    return {**_BACKEND, "route": route, "rollout": dict(rollout)}


def _shifted(by: int) -> dict[str, Config]:
    """A service for each rollout, its shift that of the `by`-th after its own."""
    services: dict[str, Config] = {}
    for number, rollout in enumerate(ROLLOUTS):
        shifted = dict(rollout)
        if "shift" in rollout:
            shifted["shift"] = SHIFTS[(SHIFTS.index(rollout["shift"]) + by) % len(SHIFTS)]
        services[f"s{number}"] = _service(f"/{number}/*", shifted)
    return services


def _with_services(services: Mapping[str, Config]) -> Config:
    config = with_ciphertext(changed({"migrations": {"service": "s0"}}))
    return {**config, "services": {**services, "worker": config["services"]["worker"]}}


def _keys(services: Mapping[str, Config | None]) -> dict[str, Any]:
    return {f"services.{name}": service for name, service in services.items()}


_FIRST_OF = {"rolling": "s0", "codedeploy": "s1", "blue-green": "s4"}
_NEXT = {"rolling": "blue-green", "codedeploy": "rolling", "blue-green": "codedeploy"}


def _beside(first: int) -> dict[str, Config]:
    """A service of each strategy, tried from priority `first` on, and one of the next strategy with
    the same route, tried from 20 on."""
    return {
        name: service
        for n, old in enumerate(STRATEGIES_IN_ORDER)
        for name, service in {
            _FIRST_OF[old]: _service(f"/{old}/*", {"strategy": old}, first + n),
            f"n{n}": _service(f"/{old}/*", {"strategy": _NEXT[old]}, 20 + n),
        }.items()
    }


STRATEGIES = Walk(
    "strategies",
    _with_services(_shifted(0)),
    [
        Step(
            "a variable in every service",
            {f"services.s{n}.environment": {"LOG_LEVEL": "debug"} for n in range(len(ROLLOUTS))},
        ),
        # Each shift to each other: to the next, and to the one after the next.
        Step("the next shift", _keys(_shifted(1))),
        Step("the shift after the next", _keys(_shifted(0))),
        *(
            Step(
                f"{old} to {new}",
                {f"services.{_FIRST_OF[old]}.rollout": {"strategy": new}},
                told=f"rollout.strategy can't change from {old} to {new} while the service runs",
            )
            for old in STRATEGIES_IN_ORDER
            for new in STRATEGIES_IN_ORDER
            if old != new
        ),
        # As components/service/unsafe_changes.py advises: requests go to the second once it runs.
        Step("a second service of another strategy behind the first", _keys(_beside(first=10))),
        Step("the second before the first", _keys(_beside(first=30))),
        Step(
            "the first gone",
            {
                **_keys({_FIRST_OF[old]: None for old in STRATEGIES_IN_ORDER}),
                "migrations": {"service": "n1"},
            },
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
CDN = Walk(
    "cdn",
    _FIRST,
    [
        Step("CloudFront", {"edge.cdn": {"enabled": True}}),
        Step("no CloudFront", {"edge.cdn": {"enabled": False}}),
    ],
)
_VOLUMES = {
    "volumes": {"uploads": {}},
    "services.backend.volumes": {"uploads": "/data"},
    "services.worker.volumes": {"uploads": "/data"},
}
KEYS = Walk(
    "keys",
    with_ciphertext(changed({"alarms": {"emails": ["ops@example.com"]}, **_VOLUMES})),
    [
        Step("a slower volume", {"volumes.uploads": {"throughput": "bursting", "backups": False}}),
        Step("another path", {"services.worker.volumes": {"uploads": "/var/uploads"}}),
        Step("no volume", dict.fromkeys(_VOLUMES)),
        Step("a volume again", _VOLUMES),
        Step("a FIFO queue", {"broker.queues": {"events": {"fifo": True, "retentionDays": 7}}}),
        Step("a standard queue", {"broker.queues": ["events"]}),
        Step("some addresses", {"services.backend.route.allowFrom": ["203.0.113.0/24"]}),
        Step("maintenance", {"edge": {"maintenance": {"enabled": True}}}),
        Step("back, for all", {"edge": {}, "services.backend.route.allowFrom": None}),
        Step(
            "a host in another zone",
            {
                "zones": {"shop.example": "Z1111111111EXAMPLE"},
                "services.backend.route.hosts": ["shop.example"],
            },
        ),
    ],
)

WALKS = (PLATFORM, CDN, SERVICES, STRATEGIES, BROKERS, KEYS)
