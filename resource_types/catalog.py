"""All descriptions. A new service's file is listed here; a new type only in its service's file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from resource_types import docker
from resource_types.aws import (
    code_deploy,
    ecr,
    ecs,
    efs,
    elasticache,
    iam,
    messaging,
    monitoring,
    quotas,
    rds,
    s3,
    secrets,
)
from resource_types.aws.network import cloudfront, dns, ec2, load_balancing, security_groups
from resource_types.model import Calls, Function, ResourceType, Service
from resource_types.scope import Scope

SERVICES: tuple[Service, ...] = (
    ec2.SERVICE,
    security_groups.SERVICE,
    load_balancing.SERVICE,
    dns.SERVICE,
    cloudfront.SERVICE,
    ecr.SERVICE,
    ecs.SERVICE,
    code_deploy.SERVICE,
    rds.SERVICE,
    elasticache.SERVICE,
    messaging.SERVICE,
    s3.SERVICE,
    efs.SERVICE,
    secrets.SERVICE,
    monitoring.SERVICE,
    iam.SERVICE,
    quotas.SERVICE,
    docker.SERVICE,
)
TYPES: Mapping[str, ResourceType] = MappingProxyType(
    {described.token: described for service in SERVICES for described in service.types}
)
FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {described.token: described for service in SERVICES for described in service.functions}
)
SCOPES: tuple[Scope, ...] = tuple(scope for service in SERVICES for scope in service.scopes)


def calls_by_topic() -> dict[str, list[Calls]]:
    """What the program's types and functions call, in the order of the topics."""
    topics: dict[str, list[Calls]] = {}
    for service in SERVICES:
        topics.setdefault(service.topic, []).extend([*service.types, *service.functions])
    return topics
