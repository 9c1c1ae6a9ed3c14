"""Events between services: Amazon MQ for RabbitMQ, or SQS.

Applications get the same variables from both: BROKER_KIND, BROKER_ENDPOINT, BROKER_QUEUE_PREFIX
and BROKER_USERNAME. RabbitMQ adds the secret BROKER_PASSWORD, SQS statements of the task role.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.network.network import Network
from components.network.security_groups import security_group
from components.shared import iam
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.context import Context
from components.shared.link import Endpoint, Link
from components.shared.queue import dead_letter_alarm, dead_letter_queue, sqs_depth, tls_policy
from components.shared.queue_metric import QueueMetric
from components.shared.secrets import Password
from settings import naming
from settings.stores.broker import BrokerSettings
from settings.stores.windows import MAINTENANCE_START

PORT = 5671
SECONDS_A_DAY = 86_400
MANAGEMENT_PORT = 443
"""RabbitMQ's management API, by which `delivery broker-password` changes the password from a task
(Amazon MQ Developer Guide, "Listener ports")."""
USERNAME = "plataforma"
TIMEOUTS = pulumi.CustomTimeouts(create="1h", update="2h", delete="1h")
"""The provider's own, 30 minutes each, are short for a cluster that reboots node by node."""


@dataclass(frozen=True)
class BrokerArgs:
    """`password` is that of RabbitMQ's user; None with SQS, which has none."""

    settings: BrokerSettings
    network: Network
    key_arn: pulumi.Input[str]
    alarms: Alarms
    password: Password | None = None


class Broker(pulumi.ComponentResource):
    """The message broker of one stack.

    Makes, for rabbitmq: mq.Broker (private, encrypted, general log; one instance, or a cluster over
    three zones), a security group, alarms. For sqs: a queue and a dead-letter queue for each name
    (encrypted, TLS only). For both: an alarm on each dead-letter queue.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        args: BrokerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:broker:Broker", name, None, opts)
        self._name, self._context, self._args = name, context, args
        self._queue_arns: dict[str, pulumi.Output[str]] = {}
        self._endpoints: list[Endpoint] = []
        self._url = self._rabbitmq() if args.settings.kind == "rabbitmq" else self._sqs()
        self.register_outputs({"endpoint": self._url})

    def link(self, publishes: Sequence[str], consumes: Sequence[str]) -> Link:
        """For a client that sends to the queues `publishes` and reads the queues `consumes`."""
        password = self._args.password
        return Link(
            self._name,
            environment={
                "BROKER_ENDPOINT": self._url,
                "BROKER_KIND": self._args.settings.kind,
                "BROKER_QUEUE_PREFIX": self._context.names.queue(""),
                "BROKER_USERNAME": USERNAME,
            },
            secrets={"BROKER_PASSWORD": password.secret} if password else {},
            statements=self._statements(publishes, consumes),
            endpoints=self._endpoints,
        )

    def metric(self, queue: str) -> QueueMetric:
        """The number of messages that wait in `queue` (Amazon MQ Developer Guide, "Available
        CloudWatch metrics for Amazon MQ for RabbitMQ brokers")."""
        return self._depth(self._physical_name(queue))

    def _depth(self, physical: str) -> QueueMetric:
        if self._args.settings.kind == "sqs":
            return sqs_depth(physical)
        dimensions = {
            "Broker": self._context.names.platform,
            "Queue": physical,
            "VirtualHost": "/",
        }
        return QueueMetric("AWS/AmazonMQ", "MessageReadyCount", dimensions)

    def _statements(self, publishes: Sequence[str], consumes: Sequence[str]) -> list[iam.Statement]:
        """Rights on SQS queues; RabbitMQ authenticates its users by password instead."""
        if self._args.settings.kind == "rabbitmq":
            return []
        statements = [iam.allow(["kms:Decrypt", "kms:GenerateDataKey"], [self._args.key_arn])]
        describe = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
        if publishes:
            arns = [self._queue_arns[queue] for queue in publishes]
            statements.append(iam.allow([*describe, "sqs:SendMessage"], arns))
        if consumes:
            arns = [self._queue_arns[queue] for queue in consumes]
            receive = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"]
            statements.append(iam.allow([*describe, *receive], arns))
        return statements

    def _rabbitmq(self) -> pulumi.Output[str]:
        settings, network, password = self._args.settings, self._args.network, self._args.password
        assert password is not None
        cluster = settings.deployment == "cluster"
        group = security_group(self._name, network.vpc_id, "RabbitMQ over TLS", parent=self)
        self._endpoints += [
            Endpoint(self._name, group.id, PORT),
            Endpoint(f"{self._name}-management", group.id, MANAGEMENT_PORT),
        ]
        broker = aws.mq.Broker(
            self._name,
            broker_name=self._context.names.platform,
            engine_type="RabbitMQ",
            engine_version=settings.version,
            host_instance_type=settings.instance_type,
            deployment_mode="CLUSTER_MULTI_AZ" if cluster else "SINGLE_INSTANCE",
            subnet_ids=network.private_subnet_ids.apply(
                lambda ids: list(ids) if cluster else ids[:1]
            ),
            security_groups=[group.id],
            publicly_accessible=False,
            users=[{"username": USERNAME, "password": password.value}],
            # Amazon MQ encrypts RabbitMQ with a key of its own and rejects encryption options.
            logs={"general": True},
            auto_minor_version_upgrade=True,
            apply_immediately=(
                not self._context.is_production
                if settings.apply_immediately is None
                else settings.apply_immediately
            ),
            maintenance_window_start_time={
                "day_of_week": "SUNDAY",
                "time_of_day": MAINTENANCE_START,
                "time_zone": "UTC",
            },
            # Amazon MQ changes no user of RabbitMQ. The provider's page says that a changed user
            # recreates the broker, its source that it is ignored (terraform-provider-aws,
            # website/docs/r/mq_broker.html.markdown; internal/service/mq/broker.go, user).
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=["users"],
                delete_before_replace=True,
                custom_timeouts=TIMEOUTS,
            ),
        )
        dimensions = {"Broker": self._context.names.platform}
        for spec in RABBITMQ_ALARMS:
            self._args.alarms.add(f"{self._name}-{spec.name}", spec, dimensions, self)
        for queue in settings.queues:
            self._add_dead_letter_alarm(queue)
        return broker.instances[0]["endpoints"][0]

    def _sqs(self) -> str:
        for queue in self._args.settings.queues:
            self._queue_arns[queue] = self._queue(queue)
        suffix = "amazonaws.com.cn" if self._context.partition == "aws-cn" else "amazonaws.com"
        return f"https://sqs.{self._context.region}.{suffix}"

    def _physical_name(self, queue: str, *, dead_letters: bool = False) -> str:
        name = naming.dead_letters(queue) if dead_letters else queue
        return self._context.names.queue(name, fifo=self._args.settings.queues[queue].fifo)

    def _queue(self, queue: str) -> pulumi.Output[str]:
        settings, own = self._args.settings, self._args.settings.queues[queue]
        dead_letters = dead_letter_queue(
            f"{self._name}-{queue}-dlq",
            self._physical_name(queue, dead_letters=True),
            self._args.key_arn,
            self,
            fifo=own.fifo,
        )
        redrive = {
            "deadLetterTargetArn": dead_letters.arn,
            "maxReceiveCount": own.max_receives or settings.max_receives,
        }
        visibility = own.visibility_timeout_seconds
        main = aws.sqs.Queue(
            f"{self._name}-{queue}",
            name=self._physical_name(queue),
            kms_master_key_id=self._args.key_arn,
            receive_wait_time_seconds=20,
            visibility_timeout_seconds=(
                settings.visibility_timeout_seconds if visibility is None else visibility
            ),
            message_retention_seconds=own.retention_days * SECONDS_A_DAY,
            fifo_queue=own.fifo or None,
            content_based_deduplication=own.content_based_deduplication if own.fifo else None,
            redrive_policy=pulumi.Output.json_dumps(redrive, sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self),
        )
        tls_policy(f"{self._name}-{queue}", main)
        self._add_dead_letter_alarm(queue)
        return main.arn

    def _add_dead_letter_alarm(self, queue: str) -> None:
        dead_letter_alarm(
            f"{self._name}-{queue}-dlq",
            self._depth(self._physical_name(queue, dead_letters=True)),
            "messages that no consumer could handle wait in the dead-letter queue",
            self._args.alarms,
            self,
        )


RABBITMQ_ALARMS = (
    AlarmSpec(
        "memory-alarm",
        "AWS/AmazonMQ",
        "RabbitMQMemUsed",
        ">",
        80,
        minutes=5,
        statistic="Maximum",
        percent_of="RabbitMQMemLimit",
        meaning="RabbitMQ uses more than 80 % of the memory at which it blocks publishers",
    ),
    AlarmSpec(
        "disk",
        "AWS/AmazonMQ",
        "RabbitMQDiskFree",
        "<",
        5_000_000_000,
        minutes=5,
        statistic="Minimum",
        meaning="less than 5 GB of disk is free",
    ),
)
