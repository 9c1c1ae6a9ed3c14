"""How many tasks a service runs, and what changes that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.service.scaling_metrics import (
    AlarmQuery,
    Customized,
    CustomizedMetric,
    Dimensions,
    Predefined,
    predefined,
    queried,
    tracked,
)
from components.shared.alarms import Alarms
from components.shared.queue_metric import QueueMetric
from settings.service.scaling import QueueScaling, ScalingSettings

DIMENSION = "ecs:service:DesiredCount"
NAMESPACE = "ecs"
# Metric math (Amazon CloudWatch User Guide, "Using math expressions with CloudWatch metrics", FILL:
# a metric that comes late has the filled value in each newest minute, so use M of N datapoints).
# Filled with 0, each newest minute would read "no task runs", and the backlog of all tasks would be
# that of one. Not confirmed: that REPEAT leaves minutes before the first datapoint empty.
TASKS = "FILL(tasks, REPEAT)"
BACKLOG_PER_TASK = f"depth / IF({TASKS} > 0, {TASKS}, 1)"
# Where no task runs there may be no count to repeat: 0 here, and two of three minutes must say so.
BACKLOG_WITHOUT_TASKS = "IF(FILL(tasks, 0) < 1, depth, 0)"
WAKE_MINUTES, WAKE_DATAPOINTS = 3, 2
# A rollout that shifts traffic leaves one target group without requests, and so without a metric.
REQUESTS_PER_TASK = f"(FILL(blue, 0) + FILL(green, 0)) / IF({TASKS} > 0, {TASKS}, 1)"


@dataclass(frozen=True)
class ScalingArgs:
    """`load_balancer` and `target_groups` (one, or blue and green) are the ARN suffixes of the
    request metrics' dimensions; `queue` is the depth of the queue that the settings name."""

    settings: ScalingSettings
    cluster_name: pulumi.Input[str]
    service_name: pulumi.Input[str]
    alarms: Alarms
    load_balancer: pulumi.Input[str] = ""
    target_groups: Sequence[pulumi.Input[str]] = ()
    queue: QueueMetric | None = None


def backlog_target(queue: QueueScaling) -> float:
    """Messages that may wait per task, so that none waits longer than is acceptable.

    Source: Amazon EC2 Auto Scaling User Guide, "Scaling policy based on Amazon SQS".
    """
    return round(queue.acceptable_latency_seconds / queue.average_job_seconds, 2)


class ServiceScaling(pulumi.ComponentResource):
    """The autoscaling of one service.

    Makes: appautoscaling.Target; a target tracking Policy for each of CPU, memory, requests per
    target and backlog per task that the settings name; ScheduledActions; for a queue also an alarm
    for missing data, and the step Policy with its alarm that start a task where none runs.
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
            opts=pulumi.ResourceOptions(
                parent=self,
                # A scheduled action sets both when its time comes (Application Auto Scaling User
                # Guide, "How scheduled scaling works").
                ignore_changes=["minCapacity", "maxCapacity"] if settings.schedules else [],
            ),
        )
        if settings.cpu:
            self._track("cpu", settings.cpu, predefined("ECSServiceAverageCPUUtilization"))
        if settings.memory:
            self._track("memory", settings.memory, predefined("ECSServiceAverageMemoryUtilization"))
        if settings.requests_per_target:
            self._track_requests(settings.requests_per_target)
        if settings.queue and args.queue:
            self._track_queue(settings.queue, args.queue)
        self._schedules()
        self.register_outputs({})

    def _track(
        self,
        suffix: str,
        target_value: float,
        predefined_metric: Predefined | None = None,
        customized_metric: Customized | None = None,
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
                "predefined_metric_specification": predefined_metric,
                "customized_metric_specification": customized_metric,
                "scale_in_cooldown": settings.scale_in_cooldown_seconds,
                "scale_out_cooldown": settings.scale_out_cooldown_seconds,
            },
            opts=pulumi.ResourceOptions(parent=self._target),
        )

    def _track_requests(self, requests_per_target: float) -> None:
        """ALBRequestCountPerTarget counts one target group: two are added by metric math."""
        load_balancer, groups = self._args.load_balancer, self._args.target_groups
        if len(groups) == 1:
            label = pulumi.Output.concat(load_balancer, "/", groups[0])
            metric = predefined("ALBRequestCountPerTarget", label)
            self._track("requests", requests_per_target, metric)
            return
        counts = [
            tracked(
                color,
                "AWS/ApplicationELB",
                "RequestCount",
                {"LoadBalancer": load_balancer, "TargetGroup": group},
                stat="Sum",
            )
            for color, group in zip(("blue", "green"), groups, strict=True)
        ]
        metrics: list[CustomizedMetric] = [
            *counts,
            tracked("tasks", "ECS/ContainerInsights", "RunningTaskCount", self._service),
            {"id": "requests", "expression": REQUESTS_PER_TASK, "return_data": True},
        ]
        self._track("requests", requests_per_target, customized_metric={"metrics": metrics})

    def _track_queue(self, queue: QueueScaling, metric: QueueMetric) -> None:
        metrics: list[CustomizedMetric] = [
            tracked("depth", metric.namespace, metric.name, metric.dimensions),
            tracked("tasks", "ECS/ContainerInsights", "RunningTaskCount", self._service),
            {"id": "backlog", "expression": BACKLOG_PER_TASK, "return_data": True},
        ]
        self._track("backlog", backlog_target(queue), customized_metric={"metrics": metrics})
        self._alarm_if_missing(metric)
        if self._args.settings.reaches_zero:
            self._wake_from_zero(metric)

    @property
    def _service(self) -> Dimensions:
        return {"ClusterName": self._args.cluster_name, "ServiceName": self._args.service_name}

    def _alarm_if_missing(self, metric: QueueMetric) -> None:
        """Without its metric a scaling policy does nothing and reports nothing."""
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
        """Without tasks there is no backlog per task: the first message starts one task. If the
        count of a busy service is missing, one task more does no harm."""
        policy = aws.appautoscaling.Policy(
            f"{self._name}-wake",
            name=f"{self._name}-wake",
            policy_type="StepScaling",
            resource_id=self._target.resource_id,
            scalable_dimension=DIMENSION,
            service_namespace=NAMESPACE,
            step_scaling_policy_configuration={
                "adjustment_type": "ChangeInCapacity",
                "cooldown": 300,
                "metric_aggregation_type": "Maximum",
                "step_adjustments": [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}],
            },
            opts=pulumi.ResourceOptions(parent=self._target),
        )
        queries: list[AlarmQuery] = [
            queried("depth", metric.namespace, metric.name, metric.dimensions),
            queried("tasks", "ECS/ContainerInsights", "RunningTaskCount", self._service),
            {"id": "waiting", "expression": BACKLOG_WITHOUT_TASKS, "return_data": True},
        ]
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-wake",
            name=self._args.alarms.physical_name(f"{self._name}-wake"),
            alarm_description=f"{self._name}: messages wait and no task runs.",
            metric_queries=queries,
            evaluation_periods=WAKE_MINUTES,
            datapoints_to_alarm=WAKE_DATAPOINTS,
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
