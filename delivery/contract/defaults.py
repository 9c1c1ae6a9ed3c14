"""What a task definition that leaves a field out says: the defaults of ECS on Fargate, some of
which it fills in when it registers one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "containerDefinitions[]": {
        "essential": True,
        "stopTimeout": 30,
        "versionConsistency": "enabled",
    },
    "containerDefinitions[].healthCheck": {"interval": 30, "retries": 3, "timeout": 5},
    "containerDefinitions[].portMappings[]": {"protocol": "tcp"},
    "containerDefinitions[].restartPolicy": {"restartAttemptPeriod": 300},
    "volumes[].efsVolumeConfiguration": {"rootDirectory": "/", "transitEncryption": "DISABLED"},
    "volumes[].efsVolumeConfiguration.authorizationConfig": {"iam": "DISABLED"},
}
"""By path. Sources: terraform-provider-aws v6, internal/service/ecs/container_definitions.go
(reduce): essential, healthCheck, protocol; Amazon ECS API Reference, RegisterTaskDefinition, whose
texts are botocore's model: all. Not here: what is the container runtime's alone (ulimits,
swappiness), what an account setting decides (the log driver's mode), what only EC2 has, and empty
lists, zeros and false, which `differences` takes for nothing."""

PORT_MAPPING = "containerDefinitions[].portMappings[]"


def with_defaults(value: Any, path: str = "") -> Any:
    """The request or the answer with every default written out."""
    if isinstance(value, list):
        return [with_defaults(item, f"{path}[]") for item in cast(list[Any], value)]
    if not isinstance(value, Mapping):
        return value
    given = {key: item for key, item in cast(Mapping[str, Any], value).items() if item is not None}
    whole = {**DEFAULTS.get(path, {}), **given}
    if path == PORT_MAPPING and "containerPort" in whole:
        # With awsvpc, the only network mode on Fargate, both ports are one (same sources).
        whole["hostPort"] = whole.get("hostPort") or whole["containerPort"]
    start = f"{path}." if path else ""
    return {key: with_defaults(item, f"{start}{key}") for key, item in whole.items()}
