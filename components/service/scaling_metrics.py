"""Metrics in the forms that scaling policies and alarms take."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

Predefined = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgsDict  # noqa: E501
Customized = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgsDict  # noqa: E501
CustomizedMetric = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgsDict  # noqa: E501
AlarmQuery = aws.cloudwatch.MetricAlarmMetricQueryArgsDict
Dimensions = Mapping[str, pulumi.Input[str]]


def predefined(metric_type: str, label: pulumi.Input[str] | None = None) -> Predefined:
    """A metric that Application Auto Scaling knows by name."""
    return {"predefined_metric_type": metric_type, "resource_label": label}


def tracked(
    identifier: str, namespace: str, name: str, dimensions: Dimensions, stat: str = "Maximum"
) -> CustomizedMetric:
    """A metric of a target tracking policy, by its `stat` of each minute."""
    pairs = [{"name": key, "value": dimensions[key]} for key in sorted(dimensions)]
    return {
        "id": identifier,
        "return_data": False,
        "metric_stat": {
            "stat": stat,
            "metric": {"namespace": namespace, "metric_name": name, "dimensions": pairs},  # pyright: ignore[reportReturnType]
        },
    }


def queried(identifier: str, namespace: str, name: str, dimensions: Dimensions) -> AlarmQuery:
    """A metric of an alarm, by the maximum of each minute."""
    return {
        "id": identifier,
        "return_data": False,
        "metric": {
            "namespace": namespace,
            "metric_name": name,
            "dimensions": dict(dimensions),
            "period": 60,
            "stat": "Maximum",
        },
    }
