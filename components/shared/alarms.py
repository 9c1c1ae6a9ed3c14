"""CloudWatch alarms, and the SNS topic that they notify."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.context import Context
from settings.alarms import AlarmSettings

COMPARISONS = {">": "GreaterThanThreshold", "<": "LessThanThreshold"}
PERIOD_SECONDS = 60


@dataclass(frozen=True)
class AlarmSpec:
    """One alarm on one metric, in periods of one minute.

    `minutes` is how long the threshold must be crossed; `missing` how CloudWatch treats minutes
    without data ("Configuring how CloudWatch alarms treat missing data"); `meaning` ends the
    alarm's description. With `percent_of`, another metric of the same namespace and dimensions, the
    threshold is the percentage of it that `metric` has.
    """

    name: str
    namespace: str
    metric: str
    comparison: Literal[">", "<"]
    threshold: float
    minutes: int
    meaning: str
    statistic: str = "Average"
    missing: Literal["missing", "notBreaching", "breaching"] = "missing"
    percent_of: str = ""


@dataclass(frozen=True)
class AlarmsArgs:
    """`key_arn` is the KMS key that encrypts the topic."""

    settings: AlarmSettings
    key_arn: pulumi.Input[str]


class Alarms(pulumi.ComponentResource):
    """The topic that all alarms of a stack notify.

    Makes: sns.Topic (encrypted), TopicPolicy for this account's CloudWatch, a TopicSubscription for
    each e-mail address and webhook.
    """

    topic_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        context: Context,
        args: AlarmsArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:alarms:Alarms", name, None, opts)
        self._platform = context.names.platform
        topic = aws.sns.Topic(
            name,
            name=f"{context.names.platform}-alarms",
            kms_master_key_id=args.key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.topic_arn = topic.arn
        aws.sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=iam.document([publish_statement(topic.arn, context.account)]),
            opts=pulumi.ResourceOptions(parent=topic),
        )
        settings = args.settings
        for protocol, addresses in (("email", settings.emails), ("https", settings.webhooks)):
            for number, address in enumerate(addresses, start=1):
                aws.sns.TopicSubscription(
                    f"{name}-{protocol}-{number}",
                    topic=topic.arn,
                    protocol=protocol,
                    endpoint=address,
                    opts=pulumi.ResourceOptions(parent=topic),
                )
        self.register_outputs({"topicArn": topic.arn})

    def physical_name(self, logical_name: str) -> str:
        return f"{self._platform}-{logical_name}"

    def add(
        self,
        logical_name: str,
        spec: AlarmSpec,
        dimensions: Mapping[str, pulumi.Input[str]],
        parent: pulumi.Resource,
    ) -> aws.cloudwatch.MetricAlarm:
        """Makes: cloudwatch.MetricAlarm, which notifies the topic of its start and its end."""
        return aws.cloudwatch.MetricAlarm(
            logical_name,
            name=self.physical_name(logical_name),
            alarm_description=f"{logical_name}: {spec.meaning}.",
            **_measured(spec, dimensions),
            comparison_operator=COMPARISONS[spec.comparison],
            threshold=spec.threshold,
            evaluation_periods=spec.minutes,
            datapoints_to_alarm=spec.minutes,
            treat_missing_data=spec.missing,
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            opts=pulumi.ResourceOptions(parent=parent),
        )


def _measured(spec: AlarmSpec, dimensions: Mapping[str, pulumi.Input[str]]) -> dict[str, Any]:
    """The arguments that say what is measured: one metric, or an expression over two."""
    if spec.percent_of:
        share = {"id": "share", "expression": "100 * part / whole", "label": spec.metric}
        part, whole = (
            {
                "id": id_,
                "metric": {
                    "namespace": spec.namespace,
                    "metric_name": metric,
                    "dimensions": dict(dimensions),
                    "period": PERIOD_SECONDS,
                    "stat": spec.statistic,
                },
            }
            for id_, metric in (("part", spec.metric), ("whole", spec.percent_of))
        )
        return {"metric_queries": [{**share, "return_data": True}, part, whole]}
    is_percentile = spec.statistic.startswith("p")
    return {
        "namespace": spec.namespace,
        "metric_name": spec.metric,
        "dimensions": dict(dimensions),
        "period": PERIOD_SECONDS,
        "statistic": None if is_percentile else spec.statistic,
        "extended_statistic": spec.statistic if is_percentile else None,
    }


def publish_statement(topic_arn: pulumi.Input[str], account: str) -> iam.Statement:
    """Lets CloudWatch alarms and Amazon Managed Prometheus of this account publish."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": ["aps.amazonaws.com", "cloudwatch.amazonaws.com"]},
        "Action": ["sns:GetTopicAttributes", "sns:Publish"],
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
