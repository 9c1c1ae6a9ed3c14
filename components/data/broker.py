"""Events between services: Amazon MQ for RabbitMQ, or SQS.

Applications get the same variables from both: BROKER_KIND, BROKER_ENDPOINT, BROKER_QUEUE_PREFIX
and BROKER_USERNAME; RabbitMQ adds the secret BROKER_PASSWORD, where SQS asks the task role.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.network.connections import security_group
from components.network.network import Network
from components.shared import iam
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.context import Context
from components.shared.queue_metric import QueueMetric
from components.shared.secrets import SecretHandle
from settings.stores.broker import BrokerSettings

AMQPS_PORT = 5671
USERNAME = "plataforma"


@dataclass(frozen=True)
class BrokerArgs:
    """`password` is the broker user's value with its handle; RabbitMQ only."""

    settings: BrokerSettings
    network: Network
    key_arn: pulumi.Input[str]
    alarms: Alarms
    password: tuple[pulumi.Output[str], SecretHandle] | None = None


class Broker(pulumi.ComponentResource):
    """The message broker of one stack.

    Makes, for rabbitmq: mq.Broker (private, encrypted, general log; a cluster over three zones if
    asked for), a security group, alarms. For sqs: a queue and a dead-letter queue for each name
    (encrypted, TLS only), an alarm on each dead-letter queue.
    """

    environment: Mapping[str, pulumi.Input[str]]
    """BROKER_* variables for applications."""
    password: SecretHandle | None
    security_group_id: pulumi.Output[str] | None

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
        self.password = None
        self.security_group_id = None
        endpoint = self._rabbitmq() if args.settings.kind == "rabbitmq" else self._sqs()
        self.environment = {
            "BROKER_ENDPOINT": endpoint,
            "BROKER_KIND": args.settings.kind,
            "BROKER_QUEUE_PREFIX": context.names.queue(""),
            "BROKER_USERNAME": USERNAME,
        }
        self.register_outputs({"endpoint": endpoint})

    def metric(self, queue: str) -> QueueMetric:
        """The waiting messages of `queue`, for scaling."""
        physical = self._context.names.queue(queue)
        if self._args.settings.kind == "sqs":
            return QueueMetric(
                "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": physical}
            )
        dimensions = {
            "Broker": self._context.names.platform,
            "Queue": physical,
            "VirtualHost": "/",
        }
        return QueueMetric("AWS/AmazonMQ", "MessageReadyCount", dimensions)

    def statements(self, publishes: Sequence[str], consumes: Sequence[str]) -> list[iam.Statement]:
        """What a task role needs for its queues; nothing with RabbitMQ, which asks a password."""
        if self._args.settings.kind == "rabbitmq" or not (publishes or consumes):
            return []
        statements = [iam.allow(["kms:Decrypt", "kms:GenerateDataKey"], [self._args.key_arn])]
        look = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
        if publishes:
            arns = [self._queue_arns[queue] for queue in publishes]
            statements.append(iam.allow([*look, "sqs:SendMessage"], arns))
        if consumes:
            arns = [self._queue_arns[queue] for queue in consumes]
            read = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"]
            statements.append(iam.allow([*look, *read], arns))
        return statements

    def _rabbitmq(self) -> pulumi.Output[str]:
        settings, network, password = self._args.settings, self._args.network, self._args.password
        assert password is not None
        cluster = settings.deployment == "cluster"
        group = security_group(self._name, network.vpc_id, "RabbitMQ over TLS", parent=self)
        self.security_group_id, self.password = group.id, password[1]
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
            users=[{"username": USERNAME, "password": password[0]}],
            # Amazon MQ encrypts RabbitMQ by a key of its own, and refuses encryption options.
            logs={"general": True},
            auto_minor_version_upgrade=True,
            apply_immediately=not self._context.is_production,
            maintenance_window_start_time={
                "day_of_week": "SUNDAY",
                "time_of_day": "05:00",
                "time_zone": "UTC",
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        dimensions = {"Broker": self._context.names.platform}
        for spec in RABBITMQ_ALARMS:
            self._args.alarms.add(f"{self._name}-{spec.name}", spec, dimensions, self)
        return broker.instances[0]["endpoints"][0]

    def _sqs(self) -> str:
        for queue in self._args.settings.queues:
            self._queue_arns[queue] = self._queue(queue)
        suffix = "amazonaws.com.cn" if self._context.partition == "aws-cn" else "amazonaws.com"
        return f"https://sqs.{self._context.region}.{suffix}"

    def _queue(self, queue: str) -> pulumi.Output[str]:
        settings, names = self._args.settings, self._context.names
        dead_letters = aws.sqs.Queue(
            f"{self._name}-{queue}-dlq",
            name=names.queue(f"{queue}-dlq"),
            kms_master_key_id=self._args.key_arn,
            message_retention_seconds=14 * 24 * 3600,
            opts=pulumi.ResourceOptions(parent=self),
        )
        redrive = {
            "deadLetterTargetArn": dead_letters.arn,
            "maxReceiveCount": settings.max_receives,
        }
        main = aws.sqs.Queue(
            f"{self._name}-{queue}",
            name=names.queue(queue),
            kms_master_key_id=self._args.key_arn,
            receive_wait_time_seconds=20,
            visibility_timeout_seconds=settings.visibility_timeout_seconds,
            redrive_policy=pulumi.Output.json_dumps(redrive, sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for made, suffix in ((main, ""), (dead_letters, "-dlq")):
            aws.sqs.QueuePolicy(
                f"{self._name}-{queue}{suffix}",
                queue_url=made.url,
                policy=iam.document([tls_only(made.arn)]),
                opts=pulumi.ResourceOptions(parent=made),
            )
        self._args.alarms.add(
            f"{self._name}-{queue}-dlq",
            DEAD_LETTERS,
            {"QueueName": names.queue(f"{queue}-dlq")},
            self,
        )
        return main.arn


def tls_only(queue_arn: pulumi.Input[str]) -> iam.Statement:
    """Nobody reaches the queue without TLS."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


DEAD_LETTERS = AlarmSpec(
    "dead-letters",
    "AWS/SQS",
    "ApproximateNumberOfMessagesVisible",
    ">",
    0,
    minutes=1,
    statistic="Maximum",
    missing="notBreaching",
    meaning="messages that no consumer could handle wait in the dead-letter queue",
)
RABBITMQ_ALARMS = (
    AlarmSpec(
        "memory-alarm",
        "AWS/AmazonMQ",
        "RabbitMQMemUsed",
        ">",
        1_500_000_000,
        minutes=5,
        statistic="Maximum",
        meaning="RabbitMQ uses more than 1.5 GB and nears the mark where it blocks publishers",
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
