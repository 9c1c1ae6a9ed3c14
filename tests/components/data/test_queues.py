"""Queues of the broker, each with settings of its own."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from policies import check
from settings.load import parse
from simulation.plan import Plan
from tests.support.configs import config
from tests.support.plans import only, plan_of, statements

QUEUE = "aws:sqs/queue:Queue"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


@cache
def plan() -> Plan:
    orders = {"fifo": True, "contentBasedDeduplication": True, "retentionDays": 14}
    slow = {"visibilityTimeoutSeconds": 900, "maxReceives": 2}
    return plan_of(
        config(
            broker={"kind": "sqs", "queues": {"events": {}, "orders": orders, "slow": slow}},
            alarms={"emails": ["ops@example.com"]},
            services__backend__publishes=["orders"],
            services__worker__consumes=["events", "orders", "slow"],
        )
    )


def queue(name: str) -> dict[str, Any]:
    return dict(only(plan(), QUEUE, f"broker-{name}").inputs)


def test_a_fifo_queue_and_its_dead_letter_queue_are_named_so():
    orders, dead_letters = queue("orders"), queue("orders-dlq")
    assert orders["name"] == "plataforma-staging-orders.fifo"
    assert orders["contentBasedDeduplication"] is True
    assert dead_letters["name"] == "plataforma-staging-orders-dlq.fifo"
    assert orders["fifoQueue"] is dead_letters["fifoQueue"] is True
    assert [str(v) for v in check.violations(plan().resources, "staging")] == []


def test_a_standard_queue_is_as_before():
    events = queue("events")
    assert events["name"] == "plataforma-staging-events"
    assert "fifoQueue" not in events
    assert events["visibilityTimeoutSeconds"] == 60
    assert events["messageRetentionSeconds"] == 4 * 86_400


def test_a_queue_may_wait_longer_and_give_up_sooner_than_the_others():
    slow = queue("slow")
    assert slow["visibilityTimeoutSeconds"] == 900
    assert '"maxReceiveCount": 2' in slow["redrivePolicy"]
    assert queue("orders")["messageRetentionSeconds"] == 14 * 86_400


def test_rights_and_alarms_reach_the_queue_of_the_longer_name():
    alarm = only(plan(), ALARM, "broker-orders-dlq").inputs
    assert alarm["dimensions"] == {"QueueName": "plataforma-staging-orders-dlq.fifo"}
    (sending,) = [s for s in statements(plan(), "backend-task") if "sqs:SendMessage" in s["Action"]]
    assert sending["Resource"] == ["${broker-orders.arn}"]


@pytest.mark.parametrize("written", [["events", "jobs2"], {"events": {}, "jobs2": {}}])
def test_queues_are_written_as_names_or_with_settings(written: object):
    broker = parse(config(broker={"kind": "sqs", "queues": written})).broker
    assert broker is not None
    assert list(broker.queues) == ["events", "jobs2"]
