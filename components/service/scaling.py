"""How many tasks a service runs, and what changes that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.shared.alarms import Alarms
from components.shared.queue_metric import QueueMetric
from settings.service.scaling import QueueScaling, ScalingSettings

DIMENSION = "ecs:service:DesiredCount"
NAMESPACE = "ecs"
# Metric math: waiting messages for each running task; and the same messages while none runs.
# With no task Container Insights reports nothing, hence FILL.
BACKLOG_PER_TASK = "depth / IF(FILL(tasks, 0) > 0, tasks, 1)"
WAITING_FOR_NOBODY = "IF(FILL(tasks, 0) < 1, depth, 0)"
# A rollout that shifts traffic leaves either target group without requests, and its metric ends.
REQUESTS_PER_TASK = "(FILL(blue, 0) + FILL(green, 0)) / IF(FILL(tasks, 0) > 0, tasks, 1)"

Predefined = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgsDict  # noqa: E501
Customized = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgsDict  # noqa: E501
CustomizedMetric = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgsDict  # noqa: E501
AlarmQuery = aws.cloudwatch.MetricAlarmMetricQueryArgsDict
Dimensions = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True)
class ScalingArgs:
    """`load_balancer` and `target_groups` (one, or blue and green) are the ARN suffixes by which
    CloudWatch counts requests; `queue` is the metric of the queue that the settings name."""

    settings: ScalingSettings
    cluster_name: pulumi.Input[str]
    service_name: pulumi.Input[str]
    alarms: Alarms
    load_balancer: pulumi.Input[str] = ""
    target_groups: Sequence[pulumi.Input[str]] = ()
    queue: QueueMetric | None = None


def backlog_target(queue: QueueScaling) -> float:
    """Messages that may wait for each task, so that none waits longer than is acceptable.

    Source: Amazon EC2 Auto Scaling User Guide, "Scaling policy based on Amazon SQS".
    """
    return round(queue.acceptable_latency_seconds / queue.average_job_seconds, 2)


class ServiceScaling(pulumi.ComponentResource):
    """The scaling of one service.

    Makes: appautoscaling.Target; a target tracking Policy for each of CPU, memory, requests and
    backlog per task that is set; ScheduledActions; for a queue also the step Policy and alarm that
    wake the service from zero, and the alarm for a metric that is missing.
    """

    def __init__(
        self, name: str, args: ScalingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("plataforma:service:Scaling", name, None, opts)
        self._name, self._args = name, args
        settings = args.settings
        self._target = aws.appautoscaling.Target(
            name,
            min_capacity=settings.min,
            max_capacity=settings.max,
            resource_id=pulumi.Output.concat("service/", args.cluster_name, "/", args.service_name),
            scalable_dimension=DIMENSION,
            service_namespace=NAMESPACE,
            opts=pulumi.ResourceOptions(parent=self),
        )
        if settings.cpu:
            self._track("cpu", settings.cpu, _predefined("ECSServiceAverageCPUUtilization"))
        if settings.memory:
            self._track(
                "memory", settings.memory, _predefined("ECSServiceAverageMemoryUtilization")
            )
        if settings.requests_per_target:
            self._follow_requests(settings.requests_per_target)
        if settings.queue and args.queue:
            self._follow_queue(settings.queue, args.queue)
        self._schedules()
        self.register_outputs({})

    def _track(
        self,
        suffix: str,
        target_value: float,
        predefined: Predefined | None = None,
        customized: Customized | None = None,
    ) -> None:
        settings = self._args.settings
        aws.appautoscaling.Policy(
            f"{self._name}-{suffix}",
            name=f"{self._name}-{suffix}",
            policy_type="TargetTrackingScaling",
            resource_id=self._target.resource_id,
            scalable_dimension=DIMENSION,
            service_namespace=NAMESPACE,
            target_tracking_scaling_policy_configuration={
                "target_value": target_value,
                "predefined_metric_specification": predefined,
                "customized_metric_specification": customized,
                "scale_in_cooldown": settings.scale_in_cooldown_seconds,
                "scale_out_cooldown": settings.scale_out_cooldown_seconds,
            },
            opts=pulumi.ResourceOptions(parent=self._target),
        )

    def _follow_requests(self, each: float) -> None:
        """ALBRequestCountPerTarget knows one target group: two are added up by metric math."""
        balancer, groups = self._args.load_balancer, self._args.target_groups
        if len(groups) == 1:
            label = pulumi.Output.concat(balancer, "/", groups[0])
            self._track("requests", each, _predefined("ALBRequestCountPerTarget", label))
            return
        counts = [
            _tracked(
                color,
                "AWS/ApplicationELB",
                "RequestCount",
                {"LoadBalancer": balancer, "TargetGroup": group},
                stat="Sum",
            )
            for color, group in zip(("blue", "green"), groups, strict=True)
        ]
        metrics: list[CustomizedMetric] = [
            *counts,
            _tracked("tasks", "ECS/ContainerInsights", "RunningTaskCount", self._service),
            {"id": "requests", "expression": REQUESTS_PER_TASK, "return_data": True},
        ]
        self._track("requests", each, customized={"metrics": metrics})

    def _follow_queue(self, queue: QueueScaling, metric: QueueMetric) -> None:
        metrics: list[CustomizedMetric] = [
            _tracked("depth", metric.namespace, metric.name, metric.dimensions),
            _tracked("tasks", "ECS/ContainerInsights", "RunningTaskCount", self._service),
            {"id": "backlog", "expression": BACKLOG_PER_TASK, "return_data": True},
        ]
        self._track("backlog", backlog_target(queue), customized={"metrics": metrics})
        self._alarm_if_missing(metric)
        if self._args.settings.min == 0:
            self._wake_from_zero(metric)

    @property
    def _service(self) -> Dimensions:
        return {"ClusterName": self._args.cluster_name, "ServiceName": self._args.service_name}

    def _alarm_if_missing(self, metric: QueueMetric) -> None:
        """Without its metric a policy stands still and says nothing."""
        topic = self._args.alarms.topic_arn
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-metric-missing",
            name=self._args.alarms.physical_name(f"{self._name}-metric-missing"),
            alarm_description=f"{self._name}: the queue's depth is not reported; scaling by it is "
            "off until it is.",
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=dict(metric.dimensions),
            statistic="Maximum",
            period=60,
            evaluation_periods=10,
            datapoints_to_alarm=10,
            comparison_operator="LessThanThreshold",
            threshold=0,
            treat_missing_data="breaching",
            alarm_actions=[topic],
            ok_actions=[topic],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _wake_from_zero(self, metric: QueueMetric) -> None:
        """With no task, backlog per task says nothing: the first message starts one task."""
        policy = aws.appautoscaling.Policy(
            f"{self._name}-wake",
            name=f"{self._name}-wake",
            policy_type="StepScaling",
            resource_id=self._target.resource_id,
            scalable_dimension=DIMENSION,
            service_namespace=NAMESPACE,
            step_scaling_policy_configuration={
                "adjustment_type": "ExactCapacity",
                "cooldown": 60,
                "metric_aggregation_type": "Maximum",
                "step_adjustments": [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}],
            },
            opts=pulumi.ResourceOptions(parent=self._target),
        )
        queries: list[AlarmQuery] = [
            _queried("depth", metric.namespace, metric.name, metric.dimensions),
            _queried("tasks", "ECS/ContainerInsights", "RunningTaskCount", self._service),
            {"id": "waiting", "expression": WAITING_FOR_NOBODY, "return_data": True},
        ]
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-wake",
            name=self._args.alarms.physical_name(f"{self._name}-wake"),
            alarm_description=f"{self._name}: messages wait and no task runs.",
            metric_queries=queries,
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            treat_missing_data="notBreaching",
            alarm_actions=[policy.arn],
            opts=pulumi.ResourceOptions(parent=policy),
        )

    def _schedules(self) -> None:
        for number, schedule in enumerate(self._args.settings.schedules, start=1):
            aws.appautoscaling.ScheduledAction(
                f"{self._name}-schedule-{number}",
                name=f"{self._name}-schedule-{number}",
                resource_id=self._target.resource_id,
                scalable_dimension=DIMENSION,
                service_namespace=NAMESPACE,
                schedule=schedule.at,
                timezone=schedule.timezone,
                scalable_target_action={
                    "min_capacity": schedule.min,
                    "max_capacity": schedule.max,
                },
                opts=pulumi.ResourceOptions(parent=self._target),
            )


def _predefined(metric_type: str, label: pulumi.Input[str] | None = None) -> Predefined:
    return {"predefined_metric_type": metric_type, "resource_label": label}


def _tracked(
    identifier: str, namespace: str, name: str, dimensions: Dimensions, stat: str = "Maximum"
) -> CustomizedMetric:
    """A metric of a target tracking policy: its `stat` in each minute."""
    pairs = [{"name": key, "value": dimensions[key]} for key in sorted(dimensions)]
    return {
        "id": identifier,
        "return_data": False,
        "metric_stat": {
            "stat": stat,
            "metric": {"namespace": namespace, "metric_name": name, "dimensions": pairs},  # pyright: ignore[reportReturnType]
        },
    }


def _queried(identifier: str, namespace: str, name: str, dimensions: Dimensions) -> AlarmQuery:
    """The same metric, as an alarm asks for it."""
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
