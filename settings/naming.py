"""Physical names, and how long AWS lets each be.

A name is fixed where people or pipelines type it. A target group's also carries a digest of what
forces its replacement, so that the new one can exist beside the old.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """Names of one stack: project and environment, e.g. plataforma and staging."""

    project: str
    environment: str

    @property
    def platform(self) -> str:
        return f"{self.project}-{self.environment}"

    def service(self, service: str) -> str:
        return f"{self.platform}-{service}"

    def role(self, service: str, purpose: str) -> str:
        return f"{self.service(service)}-{purpose}"

    def event_rule(self, service: str) -> str:
        return f"{self.service(service)}-secrets"

    def job(self, job: str) -> str:
        return self.service(job_resource(job))

    def log_group(self, name: str) -> str:
        return f"/{self.project}/{self.environment}/{name}"

    def parameter(self, name: str) -> str:
        return f"/{self.project}/{self.environment}/{name}"

    def secret(self, name: str) -> str:
        return f"{self.project}/{self.environment}/{name}"

    def queue(self, name: str, *, fifo: bool = False) -> str:
        """SQS takes a FIFO queue by the end of its name (API CreateQueue, QueueName)."""
        return f"{self.platform}-{name}{'.fifo' if fifo else ''}"

    def target_group(self, service: str, color: str, *replacing: object) -> str:
        """`replacing`: the values whose change makes AWS replace the group (protocol, VPC)."""
        digest = hashlib.sha256(repr(replacing).encode()).hexdigest()[:5]
        return f"{self.environment}-{service}-{color[0]}{digest}"


def parts(service: str, strategy: str, restricted: bool) -> Iterator[tuple[str, str]]:
    """Names that a service gives to resources of a kind that other services name by themselves,
    and what is named."""
    if strategy != "rolling":
        yield f"{service}-test", "the listener rule of its test traffic"
    if restricted:
        yield f"{service}-refusal", "the listener rule that refuses other addresses"


def job_resource(job: str) -> str:
    """The name of a job's resources, beside those of the services."""
    return f"job-{job}"


def bucket_variable(bucket: str) -> str:
    """The variable that holds the name of `bucket` in the services that may use it."""
    return f"{bucket.upper().replace('-', '_')}_BUCKET"


def dead_letters(queue: str) -> str:
    """The name of a queue's dead-letter queue."""
    return f"{queue}-dlq"


JOB_FAILURES = dead_letters("job-failures")
"""The queue that holds a message for each failed run of a job."""


OWN_TAGS = frozenset({"Environment", "ManagedBy", "Project"})
"""Tags that the platform gives to every resource."""
OWN_SIDECARS = frozenset({"log-router"})
"""Containers that the platform adds to tasks of services."""
# Names that the platform's own parts have: a service of such a name would share theirs.
RESERVED = frozenset(
    {
        "alarms",
        "alertmanager",
        "broker",
        "cache",
        "cache-slow-log",
        "cluster",
        "database",
        "database-monitoring",
        "database-proxy",
        "edge",
        "encryption",
        "exec",
        "exporters",
        "flow-log",
        "fluent-bit",
        "grafana",
        "log-router",
        "logs",
        "loki",
        "migrations",
        "monitoring",
        "network",
        "platform",
        "prometheus",
        "secret-refresh",
        "secrets",
    }
)


@dataclass(frozen=True)
class Limit:
    """A physical name and the most characters AWS allows for what it names."""

    what: str
    name: str
    longest: int

    @property
    def excess(self) -> int:
        return len(self.name) - self.longest


def platform_limits(names: Names) -> Iterator[Limit]:
    """Names that environment and project alone make up."""
    yield Limit("an Application Load Balancer", names.platform, 32)
    yield Limit("an ElastiCache replication group", names.platform, 40)
    yield Limit("an Amazon MQ broker", names.platform, 50)
    yield Limit("an RDS instance's last replica", f"{names.platform}-replica-5", 63)


def service_limits(names: Names, service: str) -> Iterator[Limit]:
    """Names that a service's name is part of."""
    yield Limit("a target group", names.target_group(service, "green"), 32)
    yield Limit("an IAM role", names.role(service, "execution"), 64)
    yield Limit("a CodeDeploy deployment group", names.service(service), 100)
    yield Limit("an EventBridge rule", names.event_rule(service), 64)


def job_limits(names: Names, job: str) -> Iterator[Limit]:
    """Names that a job's name is part of."""
    yield Limit("an EventBridge schedule", names.job(job), 64)


def bucket_limits(names: Names, bucket: str, account: str) -> Iterator[Limit]:
    """Names that a bucket's name is part of."""
    yield Limit("an S3 bucket", f"{names.service(bucket)}-{account}", 63)


def queue_limits(names: Names, queue: str, *, fifo: bool) -> Iterator[Limit]:
    """Names that a queue's name is part of."""
    yield Limit("an SQS queue", names.queue(dead_letters(queue), fifo=fifo), 80)
