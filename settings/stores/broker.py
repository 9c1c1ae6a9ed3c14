"""The broker section of the stack config."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from settings.problems import Problem
from settings.secrets import PasswordRule
from settings.section import Section, VariableName
from settings.stores import instance_types
from settings.stores.instance_types import RABBITMQ
from settings.stores.queues import Queues, QueueSettings, problems_without_sqs

# Amazon MQ, API CreateBroker, User: password; its guide has the longest.
PASSWORD_RULE = PasswordRule(
    12, 250, "[!-+./;0-9<>-~-]", "printable ASCII without , : = and spaces", least_different=4
)


class BrokerSettings(Section):
    """Events between services: Amazon MQ for RabbitMQ, or SQS. Applications see the same names."""

    kind: Literal["rabbitmq", "sqs"] = Field(default="sqs", description="rabbitmq or sqs.")
    queues: Queues = Field(
        default_factory=dict[str, QueueSettings],
        description="Queue names, as a list or, with settings of SQS, as a map, e.g. {events: "
        "{fifo: true}}; each gets a dead-letter queue <name>-dlq.",
    )
    version: str = Field(
        default="3.13",
        pattern=r"^\d\.\d+$",
        description='RabbitMQ version in quotes: "3.13", or "4.2" on mq.m7g.*.',
    )
    instance_type: str = Field(
        default="mq.m7g.medium",
        pattern=r"^mq\.[a-z0-9]+\.[a-z0-9]+$",
        description="Amazon MQ instance type, e.g. mq.m7g.medium.",
    )
    deployment: Literal["single", "cluster"] = Field(
        default="single", description="single (one node) or cluster (three nodes, three zones)."
    )
    password: VariableName = Field(
        default="BROKER_PASSWORD",
        description="The name of the encrypted value under plataforma:secrets (rabbitmq only).",
    )
    apply_immediately: bool | None = Field(
        default=None,
        description="rabbitmq: apply changes of version and instance type, which reboot the "
        "broker, at once: true or false. Default: at once, but in prod in the maintenance window "
        "(sun:05:00-sun:06:00 UTC).",
    )
    visibility_timeout_seconds: int = Field(
        default=60, ge=0, le=43200, description="SQS: seconds a received message stays hidden."
    )
    max_receives: int = Field(
        default=5, ge=1, le=1000, description="SQS: deliveries before the dead-letter queue."
    )

    @property
    def password_secret(self) -> str | None:
        """The name of the secret that holds the password; None for SQS, which has none."""
        return self.password if self.kind == "rabbitmq" else None

    def problems(self) -> Iterator[Problem]:
        families = RABBITMQ.get(self.version)
        if families is None:
            text = f"Amazon MQ has no RabbitMQ {self.version}. Allowed: {', '.join(RABBITMQ)}."
            yield Problem("version", text)
        elif wrong := instance_types.problem(self.instance_type, families):
            yield Problem("instanceType", f"for RabbitMQ {self.version}, {wrong}")
        if self.deployment == "cluster" and self.instance_type == "mq.t3.micro":
            text = "mq.t3.micro can't form a cluster. Allowed: mq.m5.* or mq.m7g.*."
            yield Problem("instanceType", text)
        if self.kind == "rabbitmq":
            yield from problems_without_sqs(self.queues)
