"""Roles and policies (IAM)."""

from __future__ import annotations

from resource_types.model import Creation, ResourceType, Service, global_arn
from resource_types.refusals import Needed, taken
from resource_types.scope import scope


def _role_arn(creation: Creation) -> str:
    path = creation.inputs["path"] or "/"
    return f"arn:{creation.partition}:iam::{creation.account}:role{path}{creation.name}"


def _oidc_provider_arn(creation: Creation) -> str:
    host = str(creation.inputs["url"]).removeprefix("https://")
    return f"arn:{creation.partition}:iam::{creation.account}:oidc-provider/{host}"


TYPES = (
    ResourceType(
        "aws:iam/role:Role",
        read="iam: GetRole ListRolePolicies ListAttachedRolePolicies ListRoleTags",
        write=(
            "iam: CreateRole DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy "
            "PutRolePermissionsBoundary TagRole UntagRole ListInstanceProfilesForRole"
        ),
        replace_on_changes="name namePrefix path",
        id="{name}",
        outputs={
            "arn": _role_arn,
            "createDate": "2000-01-01T00:00:00Z",
            "uniqueId": "AROA{hex17}",
        },
        name_property="name",
        refusals=(
            taken(
                "name",
                "EntityAlreadyExists: Role with name {name} already exists.",
                "IAM API, CreateRole",
            ),
            Needed(
                users={
                    "aws:iam/rolePolicy:RolePolicy": "role",
                    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "role",
                },
                by="name",
                error="DeleteConflict: Cannot delete entity, must detach all policies first.",
                source="IAM API, DeleteRole, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:iam/rolePolicy:RolePolicy",
        read="iam: GetRolePolicy",
        write="iam: PutRolePolicy DeleteRolePolicy",
        replace_on_changes="name namePrefix role",
        id="{inputs[role]}:{name}",
        name_property="name",
    ),
    ResourceType(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        read="iam: ListAttachedRolePolicies",
        write="iam: AttachRolePolicy DetachRolePolicy",
        replace_on_changes="role policyArn",
        id="{inputs[role]}/{inputs[policyArn]}",
        refusals=(
            Needed(
                users={
                    "aws:ecs/service:Service": "loadBalancers.advancedConfiguration.roleArn",
                },
                by="role",
                error=(
                    "an ECS service stays DRAINING until it may deregister its targets, which it "
                    "does as role {role}"
                ),
                source=(
                    "AmazonECSInfrastructureRolePolicyForLoadBalancers; terraform-provider-aws, "
                    "website/docs/r/ecs_service.html.markdown: depends_on the policy, or the "
                    "service gets stuck in DRAINING"
                ),
            ),
        ),
    ),
    ResourceType(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        read="",
        replace_on_changes="url",
        outputs={"arn": _oidc_provider_arn},
    ),
    ResourceType(
        "aws:iam/policy:Policy",
        read="",
        replace_on_changes="name namePrefix path description",
        outputs={
            "arn": global_arn("iam", "policy/{name}"),
            "attachmentCount": 0,
            "policyId": "ANPA{hex17}",
        },
        name_property="name",
        refusals=(
            taken(
                "name",
                "EntityAlreadyExists: A policy called {name} already exists.",
                "IAM API, CreatePolicy",
            ),
        ),
    ),
)

_ROLES = "iam::{account}:role/{n}"
SCOPES = (
    scope(
        "iam: CreateRole PutRolePolicy PutRolePermissionsBoundary",
        _ROLES,
        when="permissions_boundary",
    ),
    scope("iam: AttachRolePolicy", _ROLES, when="attachable_policy"),
    scope("iam: PassRole", _ROLES, when="pass_role"),
    scope(
        "iam: CreateServiceLinkedRole",
        "iam::{account}:role/aws-service-role/*",
        when="service_linked_role",
    ),
    scope(
        r"iam: (?!CreateRole$|PutRole|AttachRolePolicy|PassRole|CreateServiceLinkedRole)\w+", _ROLES
    ),
)
SERVICE = Service("roles", TYPES, scopes=SCOPES)
