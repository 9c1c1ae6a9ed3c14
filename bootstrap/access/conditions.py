"""The IAM conditions of resource_types.scope: by tag where an ARN does not name the stack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bootstrap.access.permissions import CALLS
from bootstrap.access.stacks import PROJECT, Stacks
from resource_types.aws.network.ec2 import TAGGED_ON_CREATION
from resource_types.scope import GLOBAL_REGION, Condition

Conditions = Mapping[str, Mapping[str, Any]]
MONITORING = "service-role/AmazonRDSEnhancedMonitoringRole"
ROLLOUTS = ("AWSCodeDeployRoleForECS", "AmazonECSInfrastructureRolePolicyForLoadBalancers")
ATTACHABLE = (*ROLLOUTS, MONITORING)
"""AWS's policies that a deploy role may attach to the stack's roles; stacks of pull requests shift
no traffic, and their boundary would not let them."""


def conditions(name: Condition | None, stacks: Stacks) -> Conditions:
    """The condition block of a policy statement, empty for None."""
    return _CONDITIONS[name](stacks) if name else {}


def boundary_arn(stacks: Stacks) -> str:
    return f"arn:{stacks.partition}:iam::{stacks.account}:policy/{stacks.boundary}"


def _request_region(stacks: Stacks) -> Conditions:
    return {"StringEquals": {"aws:RequestedRegion": stacks.region}}


def _request_region_or_global(stacks: Stacks) -> Conditions:
    return {"StringEquals": {"aws:RequestedRegion": [stacks.region, GLOBAL_REGION]}}


def _resource_tags(stacks: Stacks) -> Conditions:
    """Resources with the stack's tags, which the program puts on everything."""
    return _tags("ResourceTag", stacks)


def _request_tags(stacks: Stacks) -> Conditions:
    """Calls that give the stack's tags to what they create."""
    return _tags("RequestTag", stacks)


def _first_tagging(stacks: Stacks) -> Conditions:
    """Calls that give the stack's tags to a resource that belongs to no environment yet."""
    return {**_tags("RequestTag", stacks), "Null": {"aws:ResourceTag/Environment": "true"}}


def _tagging_on_creation(stacks: Stacks) -> Conditions:
    """ec2:CreateTags as part of a call that creates."""
    tags = _tags("RequestTag", stacks)
    create = {"ec2:CreateAction": list(TAGGED_ON_CREATION)}
    return {**tags, "StringEquals": {**tags["StringEquals"], **create}}


def _via_aws_service(_: Stacks) -> Conditions:
    """Calls that an AWS service makes on the role's behalf, never the role itself."""
    return {"Bool": {"aws:ViaAWSService": "true"}}


def _resource_tags_via_service(stacks: Stacks) -> Conditions:
    """The stack's keys, through the service whose data they encrypt."""
    tags = _resource_tags(stacks)
    via = {"kms:ViaService": f"*.{stacks.region}.amazonaws.com"}
    return {**tags, "StringLike": {**tags.get("StringLike", {}), **via}}


def _grant_for_aws_resource(stacks: Stacks) -> Conditions:
    return {**_resource_tags(stacks), "Bool": {"kms:GrantIsForAWSResource": "true"}}


def _permissions_boundary(stacks: Stacks) -> Conditions:
    """Roles with the permissions boundary, and their creation with it."""
    return {"ArnEquals": {"iam:PermissionsBoundary": boundary_arn(stacks)}}


def _attachable_policy(stacks: Stacks) -> Conditions:
    names = (MONITORING,) if stacks.has_wildcard else ATTACHABLE
    policies = [f"arn:{stacks.partition}:iam::aws:policy/{name}" for name in names]
    boundary = _permissions_boundary(stacks)["ArnEquals"]
    return {"ArnEquals": {**boundary, "iam:PolicyARN": policies}}


def _pass_role(_: Stacks) -> Conditions:
    services = _services(calls.passes_role_to for calls in CALLS)
    return {"StringEquals": {"iam:PassedToService": services}}


def _service_linked_role(_: Stacks) -> Conditions:
    services = _services(calls.service_linked_role for calls in CALLS)
    return {"StringEquals": {"iam:AWSServiceName": services}}


def _own_dns_records(stacks: Stacks) -> Conditions:
    """Records of the stack's domains and below them: environments may share a zone."""
    names = [name for domain in stacks.domains for name in (domain, f"*.{domain}")]
    return {
        "ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": names}
    }


def _own_cluster(stacks: Stacks) -> Conditions:
    return {"ArnLike": {"ecs:cluster": stacks.arns(["ecs:{region}:{account}:cluster/{n}"])}}


def _own_database_secret(stacks: Stacks) -> Conditions:
    """Secrets that RDS itself keeps for the stack's databases."""
    databases = stacks.arns(["rds:{region}:{account}:db:{n}"])
    return {"StringLike": {"aws:ResourceTag/aws:rds:primaryDBInstanceArn": databases}}


_CONDITIONS: Mapping[Condition, Callable[[Stacks], Conditions]] = {
    "attachable_policy": _attachable_policy,
    "first_tagging": _first_tagging,
    "grant_for_aws_resource": _grant_for_aws_resource,
    "own_cluster": _own_cluster,
    "own_database_secret": _own_database_secret,
    "own_dns_records": _own_dns_records,
    "pass_role": _pass_role,
    "permissions_boundary": _permissions_boundary,
    "request_region": _request_region,
    "request_region_or_global": _request_region_or_global,
    "request_tags": _request_tags,
    "resource_tags": _resource_tags,
    "resource_tags_via_service": _resource_tags_via_service,
    "service_linked_role": _service_linked_role,
    "tagging_on_creation": _tagging_on_creation,
    "via_aws_service": _via_aws_service,
}


def _tags(kind: str, stacks: Stacks) -> dict[str, dict[str, Any]]:
    project = {f"aws:{kind}/Project": PROJECT}
    key, environments = f"aws:{kind}/Environment", list(stacks.environments)
    if stacks.has_wildcard:
        return {"StringEquals": project, "StringLike": {key: environments}}
    return {"StringEquals": project | {key: environments[0]}}


def _services(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name})
