"""Plans that together use every resource type of the program."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from settings.project import ROOT
from simulation import process
from simulation.plan import Plan
from tests.support import stacks
from tests.support.configs import config
from tests.support.plans import plan_of, plan_of_pull_request, plan_of_stack

VARIANTS = {
    "managed": config(
        monitoring={
            "mode": "managed",
            "alerting": {
                "runbooksUrl": "https://example.com/",
                "grafanaUrl": "https://grafana.example.com",
                "receivers": {"team": {"sns": True}},
                "default": "team",
            },
        }
    ),
    "everyday": config(
        edge={"redirects": {"www.staging.example.com": "staging.example.com"}},
        buckets={"uploads": {"expireDays": 90, "cors": {"origins": ["https://example.com"]}}},
        services__backend__buckets={"uploads": "read-write"},
        volumes={"files": {}},
        broker={"kind": "sqs", "queues": {"events": {}, "orders": {"fifo": True}}},
        services__backend__volumes={"files": "/data"},
        services__backend__route={"paths": ["/api/*"], "allowFrom": ["203.0.113.0/24"]},
        jobs={
            "report": {
                "service": "backend",
                "command": ["node", "dist/report.js"],
                "schedule": "cron(0 3 * * ? *)",
            }
        },
    ),
    "codedeploy": config(services__backend__rollout={"strategy": "codedeploy", "shift": "canary"}),
}
QUOTAS = {"fargateOnDemandVcpus": 64, "fargateSpotVcpus": 32, "elasticIps": 10}
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/plataforma"
MODES = (*stacks.STACKS, *VARIANTS)


@cache
def plan_in(mode: str) -> Plan:
    """The plan of a stack of the tests, or of a variant."""
    return plan_of_stack(mode) if mode in stacks.STACKS else plan_of(VARIANTS[mode])


def program_plans() -> list[Plan]:
    return [plan_of_pull_request(), *map(plan_in, MODES)]


@cache
def bootstrap_plan() -> Plan:
    """The plan of the account, with every quota asked for, and images in ECR."""
    config = stacks.account()
    more = {"plataforma:quotas": QUOTAS, "plataforma:registry": REGISTRY}
    values = {**config.values, **more}
    return process.preview_config(replace(config, values=values), "account", ROOT / "bootstrap")


def types(*plans: Plan) -> set[str]:
    """The resource types of plans; Pulumi's own and components apart."""
    return {
        resource.type
        for plan in plans
        for resource in plan.resources
        if resource.custom and not resource.type.startswith("pulumi:")
    }
