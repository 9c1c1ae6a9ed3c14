"""The plan of the tests' account, and the documents of its roles."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from bootstrap import settings
from bootstrap.settings import Settings
from settings.project import ROOT
from simulation.plan import Plan
from tests.support import stacks
from tests.support.plans import only
from tests.support.variants import REGISTRY, bootstrap_plan

FOLDER = ROOT / "bootstrap"
HERE = "eu-west-1:123456789012"
IAM = "arn:aws:iam::123456789012"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
ENVIRONMENTS = ("staging", "prod")
PIPELINE_ROLES = (
    "preview-staging",
    "preview-prod",
    "deploy-staging",
    "deploy-prod",
    "ephemeral",
    "images",
)


def plan() -> Plan:
    return bootstrap_plan()


def raw() -> dict[str, Any]:
    """The config by key, with images in ECR."""
    values = {key.partition(":")[2]: value for key, value in stacks.account().values.items()}
    return {**values, "registry": REGISTRY}


def checked() -> Settings:
    return settings.parse(raw())


def key_arn(name: str) -> str:
    """An ARN for a key of this project, e.g. secrets-prod: a preview does not know the real one."""
    return f"arn:aws:kms:eu-west-1:123456789012:key/{name.rjust(36, '0')}"


@cache
def documents(role: str) -> list[dict[str, Any]]:
    """All policies of a pipeline role."""
    return [
        json.loads(
            re.sub(r"\$\{(.*?)\.arn\}", lambda key: key_arn(key[1]), policy.inputs["policy"])
        )
        for policy in plan().of_type(POLICY)
        if policy.name.removeprefix(f"{role}-") in ("state", *map(str, range(20)))
    ]


def trust(role: str) -> dict[str, Any]:
    return json.loads(only(plan(), ROLE, role).inputs["assumeRolePolicy"])


def boundary(environment: str) -> dict[str, Any]:
    """The permissions boundary of an environment, or of stacks of pull requests (ephemeral)."""
    return json.loads(only(plan(), POLICY, f"boundary-{environment}").inputs["policy"])


@cache
def boundaries() -> dict[str, dict[str, Any]]:
    """All permissions boundaries by their ARN."""
    return {
        f"{IAM}:policy/{policy.inputs['name']}": json.loads(policy.inputs["policy"])
        for policy in plan().of_type(POLICY)
        if policy.name.startswith("boundary")
    }
