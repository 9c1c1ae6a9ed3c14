"""SQS queues for messages that nobody could handle, and who may use a queue."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.queue_metric import QueueMetric

LONGEST_RETENTION_SECONDS = 14 * 24 * 3600


def dead_letter_queue(
    logical_name: str,
    physical_name: str,
    key_arn: pulumi.Input[str],
    parent: pulumi.Resource,
    *,
    fifo: bool = False,
) -> aws.sqs.Queue:
    """Makes: sqs.Queue, encrypted, that keeps messages as long as SQS does, and its QueuePolicy.
    That of a FIFO queue is one itself (SQS Developer Guide, "Using dead-letter queues")."""
    queue = aws.sqs.Queue(
        logical_name,
        name=physical_name,
        kms_master_key_id=key_arn,
        message_retention_seconds=LONGEST_RETENTION_SECONDS,
        fifo_queue=fifo or None,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    tls_policy(logical_name, queue)
    return queue


def dead_letter_alarm(
    logical_name: str,
    metric: QueueMetric,
    meaning: str,
    alarms: Alarms,
    parent: pulumi.Resource,
) -> None:
    """Makes: cloudwatch.MetricAlarm while the queue of the metric holds a message."""
    spec = AlarmSpec(
        "dead-letters",
        metric.namespace,
        metric.name,
        ">",
        0,
        minutes=1,
        statistic="Maximum",
        missing="notBreaching",
        meaning=meaning,
    )
    alarms.add(logical_name, spec, metric.dimensions, parent)


def sqs_depth(physical_name: str) -> QueueMetric:
    """The number of messages that wait in an SQS queue."""
    dimensions = {"QueueName": physical_name}
    return QueueMetric("AWS/SQS", "ApproximateNumberOfMessagesVisible", dimensions)


def tls_policy(logical_name: str, queue: aws.sqs.Queue) -> None:
    """Makes: sqs.QueuePolicy that denies requests without TLS."""
    statement: iam.Statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue.arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    aws.sqs.QueuePolicy(
        logical_name,
        queue_url=queue.url,
        policy=iam.document([statement]),
        opts=pulumi.ResourceOptions(parent=queue),
    )
