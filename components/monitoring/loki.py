"""Loki as a service of the stack."""

from __future__ import annotations

from dataclasses import dataclass

from components.monitoring.services import ServiceDefinition, host, service_settings, url
from components.shared.bucket import PrivateBucket
from components.shared.link import Link
from settings.monitoring.images import ALERTMANAGER, LOKI

GOSSIP_PORT, GRPC_PORT = 7946, 9095


@dataclass(frozen=True)
class LokiArgs:
    """`bucket` holds the logs for `retention_days`."""

    bucket: PrivateBucket
    retention_days: int
    replicas: int
    region: str
    namespace: str


def loki(args: LokiArgs) -> ServiceDefinition:
    """When it stops it writes what it has in memory to S3. Its image has no shell for a container
    health check."""
    settings = service_settings(
        LOKI,
        args.replicas,
        cpu=512,
        memory=1024,
        user="10001",
        command=("-config.file=/etc/loki/aws.yml", "-config.expand-env=true"),
        stop_timeout_seconds=120,
    )
    link = Link(
        "configuration",
        environment={
            "AWS_REGION": args.region,
            "RETENTION": f"{args.retention_days * 24}h",
            "JOIN": f"{host(LOKI, args.namespace)}:{GOSSIP_PORT}",
            "ALERTMANAGER_URL": url(ALERTMANAGER, args.namespace),
        },
    )
    return ServiceDefinition(settings, [args.bucket.link("BUCKET"), link])
