"""A small valid config to break, and a way to change one key of it."""

from __future__ import annotations

import copy
from typing import Any

ABSENT = object()
DIGEST = "sha256:" + "0" * 64

BASE: dict[str, Any] = {
    "environment": "staging",
    "region": "eu-west-1",
    "account": "123456789012",
    "domain": "staging.example.com",
    "zone": "Z0123456789EXAMPLE",
    "database": {},
    "cache": {"queues": ["jobs"]},
    "broker": {"kind": "sqs", "queues": ["events"]},
    "migrations": {},
    "images": {"registry": "ghcr.io/acme/plataforma", "build": True},
    "secrets": {"REDIS_PASSWORD": "simulated-redis-password", "API_KEY": "ssm:/ops/api-key"},
    "services": {
        "backend": {
            "image": "backend",
            "port": 3000,
            "route": {"paths": ["/api/*"]},
            "database": True,
            "scaling": {"min": 1, "max": 3, "cpu": 60},
        },
        "worker": {
            "image": "worker",
            "cache": True,
            "consumes": ["events"],
            "scaling": {
                "min": 0,
                "max": 4,
                "queue": {
                    "name": "jobs",
                    "acceptableLatencySeconds": 60,
                    "averageJobSeconds": 4,
                },
            },
        },
    },
}


def config(**changes: Any) -> dict[str, Any]:
    """BASE with `changes`: a__b__c names key c of b of a; ABSENT removes the key."""
    return changed({path.replace("__", "."): value for path, value in changes.items()})


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """BASE with values set by dotted path; ABSENT removes the key."""
    result = copy.deepcopy(BASE)
    for path, value in changes.items():
        *parents, last = path.split(".")
        holder = result
        for parent in parents:
            holder = holder.setdefault(parent, {})
        if value is ABSENT:
            del holder[last]
        else:
            holder[last] = value
    return result


def with_ciphertext(config: dict[str, Any]) -> dict[str, Any]:
    """Secrets in the form in which a stack file holds them."""
    secrets = {
        name: {"secure": "v1:ciphertext"} if value.startswith("simulated") else value
        for name, value in config["secrets"].items()
    }
    return {**config, "secrets": secrets}
