"""`make status`, against moto."""

from __future__ import annotations

from tests.delivery.stack import CLUSTER, Stack
from tests.operate.commands import operate


def raise_alarm(stack: Stack, name: str) -> None:
    alarms = stack.client("cloudwatch")
    alarms.put_metric_alarm(
        AlarmName=name,
        AlarmDescription="CPU above 90 %.",
        MetricName="CPUUtilization",
        Namespace="AWS/ECS",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=90,
        ComparisonOperator="GreaterThanThreshold",
    )
    alarms.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")


def test_a_healthy_stack_is_shown_and_succeeds(stack: Stack):
    done = operate(stack, "status")
    assert done.code == 0, done.out + done.err
    head, backend = done.out.splitlines()
    assert head.split() == ["SERVICE", "TASKS", "REVISION", "IMAGE", "STATE"]
    assert backend.split() == ["backend", "0", "of", "0", "1", "a" * 12, "steady"]


def test_too_few_tasks_another_revision_and_alarms_are_named_and_fail(stack: Stack):
    stack.outputs["services"]["backend"]["taskDefinition"] = stack.register("backend")
    stack.ecs.update_service(cluster=CLUSTER, service="backend", desiredCount=2)
    raise_alarm(stack, f"{CLUSTER}-backend-cpu")
    raise_alarm(stack, "another-stack-cpu")
    done = operate(stack, "status")
    assert done.code == 1
    assert "1 (the stack: 2)" in done.out
    assert "ALARM plataforma-staging-backend-cpu: CPU above 90 %." in done.out
    assert "another-stack" not in done.out


def test_a_service_that_does_not_exist_is_named_and_fails(stack: Stack):
    stack.outputs["services"]["gone"] = {**stack.outputs["services"]["backend"], "serviceName": "x"}
    done = operate(stack, "status")
    assert done.code == 1
    assert "does not exist" in done.out
