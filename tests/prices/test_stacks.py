"""The price of whole stacks of eu-west-1, each line worked by hand from prices/list_prices.yml."""

from __future__ import annotations

import pytest

from prices.estimate import Estimate
from settings import stack_config, stack_file
from settings.project import ROOT
from simulation import process
from simulation.plan import Plan
from simulation.report.price import estimate_of
from tests.support import stacks
from tests.support.variants import plan_in

HOURS = 730
LOG_GROUP = 0.57  # 1 GiB written
LOG_MONTH = 0.03  # and kept for 30 days


def bill(found: Estimate) -> dict[str, float]:
    """What each price of the table comes to."""
    amounts: dict[str, float] = {}
    for line in found.lines:
        if line.usd is not None:
            amounts[line.charge.price] = amounts.get(line.charge.price, 0) + line.usd
    return amounts


def web() -> Plan:
    content = stack_file.load(ROOT / "docs/examples/Pulumi.web.yaml")
    config = stack_config.config_of(content, "web", stack_file.project_name(ROOT))
    return process.preview_config(config, "web", stacks.bare_project())


def test_one_web_service():
    found = estimate_of(web())
    assert bill(found) == pytest.approx(
        {
            # One task of 0.25 vCPU and 0.5 GiB.
            "fargate/arm64/vcpu-hour": HOURS * 0.25 * 0.03238,
            "fargate/arm64/gb-hour": HOURS * 0.5 * 0.00356,
            # One gateway with its address, and 20 GiB through it.
            "nat/hour": HOURS * 0.048,
            "nat/gb": 20 * 0.048,
            "vpc/public-ipv4-hour": HOURS * 0.005,
            # 50 GiB and a million requests: an LCU takes 1 GB an hour.
            "alb/hour": HOURS * 0.0252,
            "alb/lcu-hour": 50 * 0.008,
            "cloudfront/gb": 50 * 0.085,
            "cloudfront/million-requests": 1.20,
            "waf/web-acl-month": 5,
            "waf/rule-month": 5 * 1,
            "waf/million-requests": 0.60,
            # Logs of the service, the network and WAF, 30 days each; access logs in a bucket.
            "cloudwatch/log-gb": 3 * LOG_GROUP,
            "cloudwatch/log-gb-month": 3 * LOG_MONTH,
            "s3/gb-month": 5 * 0.023,
            # 5xx of the load balancer; 5xx, latency, health, CPU and memory of the service.
            "cloudwatch/alarm-month": 6 * 0.10,
            "kms/key-month": 1,
            "route53/hosted-zone-month": 0.50,
        }
    )
    assert found.usd == pytest.approx(85.71975)
    assert found.unknown_names == ("Container Insights",)


def test_staging():
    found = estimate_of(plan_in("staging"))
    assert bill(found) == pytest.approx(
        {
            # Tasks of 0.25 vCPU and 0.5 GiB: backend, frontend; the worker starts with none.
            # Monitoring: 1.75 vCPU and 4.5 GiB.
            "fargate/arm64/vcpu-hour": HOURS * (2 * 0.25 + 1.75) * 0.03238,
            "fargate/arm64/gb-hour": HOURS * (2 * 0.5 + 4.5) * 0.00356,
            "fargate-spot/arm64/vcpu-hour": 0,
            "fargate-spot/arm64/gb-hour": 0,
            "rds/db.t4g.micro/single-az-hour": HOURS * 0.017,
            "rds/gp3/single-az-gb-month": 20 * 0.127,
            "elasticache/valkey/cache.t4g.micro/hour": HOURS * 0.0136,
            # The queue and its dead-letter queue.
            "sqs/standard/million-requests": 2 * 0.40,
            "nat/hour": HOURS * 0.048,
            "nat/gb": 20 * 0.048,
            # The gateway's, and the load balancer's in three zones.
            "vpc/public-ipv4-hour": 4 * HOURS * 0.005,
            "alb/hour": HOURS * 0.0252,
            "alb/lcu-hour": 50 * 0.008,
            "transfer/internet-gb": 50 * 0.09,
            "waf/web-acl-month": 5,
            "waf/rule-month": 7 * 1,
            "waf/million-requests": 0.60,
            # 13 log groups: 4 of 14 days, 8 of 30, that of `exec` of 365.
            "cloudwatch/log-gb": 13 * LOG_GROUP,
            "cloudwatch/log-gb-month": (4 * 14 + 8 * 30 + 365) / 30 * LOG_MONTH,
            # Of the load balancer and of Loki.
            "s3/gb-month": 2 * 5 * 0.023,
            # 37 alarms, one of them on two metrics, and two of each of 3 tracking policies.
            "cloudwatch/alarm-month": (37 + 1 + 3 * 2) * 0.10,
            "kms/key-month": 1,
            # RDS's own password.
            "secretsmanager/secret-month": 0.40,
            "route53/hosted-zone-month": 0.50,
            "states/transition": 1000 * 0.000025,
        }
    )
    assert found.usd == pytest.approx(194.27755)


def test_production():
    """What has no price of eu-west-1 is named: it is most of the stores."""
    found = estimate_of(plan_in("prod"))
    assert bill(found) == pytest.approx(
        {
            # On demand: 3 of the backend and 1.5 of the worker (0.5 vCPU, 1 GiB), 2 of the
            # frontend (0.25, 0.5), and two each of monitoring's tasks (2.25, 6.5).
            "fargate/arm64/vcpu-hour": HOURS * (4.5 * 0.5 + 2 * 0.25 + 2 * 2.25) * 0.03238,
            "fargate/arm64/gb-hour": HOURS * (4.5 * 1 + 2 * 0.5 + 2 * 6.5) * 0.00356,
            # The worker's second task, half of the time.
            "fargate-spot/arm64/vcpu-hour": HOURS * 0.5 * 0.5 * 0.00979124,
            "fargate-spot/arm64/gb-hour": HOURS * 0.5 * 1 * 0.00107649,
            "rds/gp3/multi-az-gb-month": 100 * 0.254,
            # The replica's.
            "rds/gp3/single-az-gb-month": 100 * 0.127,
            "nat/hour": 3 * HOURS * 0.048,
            "nat/gb": 20 * 0.048,
            "vpc/public-ipv4-hour": 3 * HOURS * 0.005,
            # Three endpoints in three zones.
            "vpc/endpoint-hour": 9 * HOURS * 0.011,
            "vpc/endpoint-gb": 10 * 0.01,
            "alb/hour": HOURS * 0.0252,
            "alb/lcu-hour": 50 * 0.008,
            "cloudfront/gb": 50 * 0.085,
            "cloudfront/million-requests": 1.20,
            "waf/web-acl-month": 5,
            "waf/rule-month": 7 * 1,
            "waf/million-requests": 0.60,
            # 12 log groups: 4 of 90 days, 8 of 30.
            "cloudwatch/log-gb": 12 * LOG_GROUP,
            "cloudwatch/log-gb-month": (4 * 90 + 8 * 30) / 30 * LOG_MONTH,
            "s3/gb-month": 2 * 5 * 0.023,
            # 50 alarms, one of them on two metrics, and two of each of 5 tracking policies.
            "cloudwatch/alarm-month": (50 + 1 + 5 * 2) * 0.10,
            "kms/key-month": 1,
            # The database's password for its proxy.
            "secretsmanager/secret-month": 0.40,
            "route53/hosted-zone-month": 0.50,
            "states/transition": 1000 * 0.000025,
        }
    )
    assert found.usd == pytest.approx(501.66977015)
    assert {name for name in found.unknown_names if "/" in name} == {
        "elasticache/valkey/cache.r7g.large/hour",
        "fargate/storage-gb-hour",
        "mq/rabbitmq/mq.m7g.medium/cluster-hour",
        "rds/db.r7g.large/multi-az-hour",
        "rds/db.r7g.large/single-az-hour",
        "rds/proxy-vcpu-hour",
    }
