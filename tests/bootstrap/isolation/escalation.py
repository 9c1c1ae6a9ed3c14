"""Attempts of a role that makes roles to reach what is another environment's, made of ways to act
and of what to do then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.bootstrap import account
from tests.bootstrap.account import HERE, IAM
from tests.bootstrap.isolation.makers import (
    ADMINISTRATOR,
    MAKERS,
    made_arn,
    made_role,
    own_boundary,
    pipeline_role,
    tagged,
)
from tests.bootstrap.isolation.uses import uses

BOUND = "iam:PermissionsBoundary"
PASSED = "iam:PassedToService"
PRIZES = (
    "ssm:GetParameters parameter/plataforma/<env>/DATABASE_PASSWORD",
    "secretsmanager:GetSecretValue secret:plataforma/<env>/database-proxy-AbCdEf",
    "secretsmanager:GetSecretValue secret:rds!db-00000000-AbCdEf",
    "kms:Decrypt key/11111111-2222-3333-4444-555555555555",
    "kms:Decrypt key/11111111-2222-3333-4444-555555555555 through a service",
    "s3:GetObject plataforma-<env>-uploads-123456789012/x",
    "sqs:ReceiveMessage plataforma-<env>-events",
    "sns:Publish plataforma-<env>-alarms",
    "logs:GetLogEvents log-group:/plataforma/<env>/backend:log-stream:x",
    "ecs:UpdateService service/plataforma-<env>/backend",
    "ecs:StopTask task/plataforma-<env>/0",
    "ecs:RunTask task-definition/plataforma-<env>-backend:1",
    "states:StartExecution stateMachine:plataforma-<env>-job-report",
    "iam:PassRole role/plataforma-<env>-backend-task",
    "s3:GetObject acme-plataforma-state/.pulumi/stacks/plataforma/<env>.json",
)
"""Of uses.py: what a role of a task may do on its own environment (the state apart)."""
SERVICES = [
    "codebuild",
    "cloudformation",
    "codedeploy",
    "ec2",
    "ecs",
    "ecs-tasks",
    "events",
    "glue",
    "grafana",
    "lambda",
    "monitoring.rds",
    "rds",
    "sagemaker",
    "scheduler",
    "states",
    "vpc-flow-logs",
]


@dataclass(frozen=True)
class Call:
    action: str
    resource: str
    keys: Mapping[str, str | list[str]] = field(default_factory=dict[str, "str | list[str]"])


@dataclass(frozen=True)
class Attempt:
    """`first`: what the pipeline's role calls. `then`: what the role that it made calls, which has
    that boundary and tag, and a policy that allows everything."""

    name: str
    maker: str
    first: tuple[Call, ...]
    then: tuple[Call, ...] = ()
    boundary: str | None = None
    tag: str = ""

    def succeeds(self) -> bool:
        return all(map(self._by_maker, self.first)) and all(map(self._by_made, self.then))

    def _by_maker(self, call: Call) -> bool:
        context = {"aws:RequestedRegion": "eu-west-1", **call.keys}
        return pipeline_role(self.maker).may(call.action, call.resource, context)

    def _by_made(self, call: Call) -> bool:
        made = made_role(self.maker, self.boundary)
        return made.may(call.action, call.resource, tagged(call.keys, self.tag))


def attempts(maker: str, victim: str) -> list[Attempt]:
    ways = (_through_a_made_role, _with_another_boundary, _on_boundaries, _on_roles, _by_passing)
    return [one for way in (*ways, _with_services, _by_tags) for one in way(maker, victim)]


def made(maker: str, boundary: str | None) -> tuple[Call, ...]:
    keys: dict[str, str] = {BOUND: boundary} if boundary else {}
    arn = made_arn(maker)
    return (Call("iam:CreateRole", arn, keys), Call("iam:PutRolePolicy", arn, keys))


def prizes(environment: str) -> list[Call]:
    return [
        Call(use.action, use.resource, use.context)
        for use in uses(environment)
        if use.name in PRIZES
    ]


def _through_a_made_role(maker: str, victim: str) -> Iterator[Attempt]:
    """Inside its own boundary, with its own tag, and with the other environment's."""
    own = own_boundary(maker)
    for tag in (MAKERS[maker], victim, "account", f"{MAKERS[maker]}/../{victim}", f"pr1-{victim}"):
        for prize in prizes(victim):
            through = prize.keys.get("kms:ViaService", "itself")
            name = f"a role tagged {tag} by {through} {prize.action} {prize.resource}"
            yield Attempt(name, maker, made(maker, own), (prize,), own, tag)


def _with_another_boundary(maker: str, victim: str) -> Iterator[Attempt]:
    """None, another one, or one that is taken away or exchanged later."""
    own, arn = own_boundary(maker), made_arn(maker)
    others = [one for one in account.boundaries() if one != own]
    others += [ADMINISTRATOR, f"{own}2", f"{own}/x", f"{IAM}:policy/mine", own.upper(), "*"]
    ends = prizes(victim)[0]
    for other in (None, *others):
        name = f"a role with the boundary {other}"
        yield Attempt(name, maker, made(maker, other), (ends,), other, victim)
        if other:
            change = Call("iam:PutRolePermissionsBoundary", arn, {BOUND: other})
            first = (*made(maker, own), change)
            yield Attempt(f"{name}, changed later", maker, first, (ends,), other, victim)
    gone = Call("iam:DeleteRolePermissionsBoundary", arn, {BOUND: own})
    yield Attempt("the boundary deleted", maker, (*made(maker, own), gone), (ends,), None, victim)


def _on_boundaries(maker: str, victim: str) -> Iterator[Attempt]:
    del victim
    for arn in account.boundaries():
        for call in [
            "CreatePolicyVersion",
            "SetDefaultPolicyVersion",
            "DeletePolicyVersion",
            "DeletePolicy",
        ]:
            yield Attempt(f"{call} of {arn}", maker, (Call(f"iam:{call}", arn),))


def _on_roles(maker: str, victim: str) -> Iterator[Attempt]:
    """Of the other environment, of the pipeline, of an administrator."""
    own = own_boundary(maker)
    targets = [f"plataforma-{victim}-backend-task", f"plataforma-{maker}", "Administrator"]
    targets += [] if victim.startswith("pr") else [f"plataforma-deploy-{victim}"]
    for name in targets:
        arn = f"{IAM}:role/{name}"
        for call in [
            "PutRolePolicy",
            "AttachRolePolicy",
            "UpdateAssumeRolePolicy",
            "PutRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "DeleteRole",
            "TagRole",
            "CreateRole",
        ]:
            keys = {BOUND: own, "iam:PolicyARN": ADMINISTRATOR}
            yield Attempt(f"{call} on {name}", maker, (Call(f"iam:{call}", arn, keys),))
        assume = Call("sts:AssumeRole", arn, tagged({"aws:RequestedRegion": "eu-west-1"}, ""))
        yield Attempt(f"AssumeRole of {name}", maker, (assume,))
        yield Attempt(
            f"a made role assumes {name}", maker, made(maker, own), (assume,), own, MAKERS[maker]
        )
    attach = {BOUND: own, "iam:PolicyARN": ADMINISTRATOR}
    arn = made_arn(maker)
    first = (*made(maker, own), Call("iam:AttachRolePolicy", arn, attach))
    yield Attempt("AdministratorAccess attached to a made role", maker, first)
    for call, resource in (
        ("CreateUser", "user/x"),
        ("CreateAccessKey", "user/x"),
        ("CreateLoginProfile", "user/x"),
        ("AddUserToGroup", "group/Administrators"),
        ("CreatePolicy", "policy/mine"),
        ("CreateInstanceProfile", "instance-profile/x"),
        ("AddRoleToInstanceProfile", "instance-profile/x"),
        ("CreateSAMLProvider", "saml-provider/x"),
        ("CreateOpenIDConnectProvider", "oidc-provider/evil.example"),
        ("AddClientIDToOpenIDConnectProvider", "oidc-provider/token.actions.githubusercontent.com"),
    ):
        yield Attempt(call, maker, (Call(f"iam:{call}", f"{IAM}:{resource}"),))


def _by_passing(maker: str, victim: str) -> Iterator[Attempt]:
    """Roles of others to any service, and its own to services that run what it wants."""
    own = own_boundary(maker)
    for service in SERVICES:
        keys = {PASSED: f"{service}.amazonaws.com"}
        for name in (f"plataforma-{victim}-backend-task", f"plataforma-{maker}", "Administrator"):
            call = Call("iam:PassRole", f"{IAM}:role/{name}", keys)
            yield Attempt(f"{name} passed to {service}", maker, (call,))
            yield Attempt(
                f"{name} passed to {service} by a made role",
                maker,
                made(maker, own),
                (Call("iam:PassRole", call.resource, keys | {"aws:RequestedRegion": "eu-west-1"}),),
                own,
                MAKERS[maker],
            )
    for service in ("lambda", "ec2", "cloudformation", "codebuild", "glue", "sagemaker"):
        arn = made_arn(maker)
        call = Call("iam:PassRole", arn, {PASSED: f"{service}.amazonaws.com"})
        yield Attempt(f"its own role passed to {service}", maker, (call,))


def _with_services(maker: str, victim: str) -> Iterator[Attempt]:
    """That act for it, or lend it what they may; and tasks in the other's cluster."""
    del victim
    for action, resource in (
        ("lambda:CreateFunction", f"arn:aws:lambda:{HERE}:function:x"),
        ("lambda:AddPermission", f"arn:aws:lambda:{HERE}:function:x"),
        ("ec2:RunInstances", f"arn:aws:ec2:{HERE}:instance/*"),
        ("cloudformation:CreateStack", f"arn:aws:cloudformation:{HERE}:stack/x/*"),
        ("codebuild:CreateProject", f"arn:aws:codebuild:{HERE}:project/x"),
        ("ssm:SendCommand", f"arn:aws:ssm:{HERE}:document/AWS-RunShellScript"),
        ("ssm:StartSession", f"arn:aws:ecs:{HERE}:task/plataforma-prod/0"),
        ("sts:GetFederationToken", "*"),
        ("sts:TagSession", f"{IAM}:role/plataforma-deploy-prod"),
        ("organizations:LeaveOrganization", "*"),
        ("resource-groups-tagging-api:TagResources", "*"),
        ("tag:TagResources", "*"),
        ("backup:StartRestoreJob", "*"),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{HERE}:snapshot:plataforma-prod-x"),
        ("rds:ModifyDBSnapshotAttribute", f"arn:aws:rds:{HERE}:snapshot:plataforma-prod-x"),
        ("s3:PutReplicationConfiguration", "arn:aws:s3:::acme-plataforma-state"),
        ("s3:PutAccountPublicAccessBlock", "*"),
        ("ecr:SetRepositoryPolicy", f"arn:aws:ecr:{HERE}:repository/plataforma/api"),
        ("ecr:PutImage", f"arn:aws:ecr:{HERE}:repository/plataforma/api"),
    ):
        yield Attempt(action, maker, (Call(action, resource),))
        context = {"aws:RequestedRegion": "eu-west-1", "aws:ResourceAccount": "123456789012"}
        own = own_boundary(maker)
        call = Call(action, resource, context)
        name = f"{action} by a made role"
        yield Attempt(name, maker, made(maker, own), (call,), own, MAKERS[maker])


def _by_tags(maker: str, victim: str) -> Iterator[Attempt]:
    """First make the other's resource one's own, or nobody's; then use it."""
    own = own_boundary(maker)
    environment = MAKERS[maker]
    mark = {"aws:RequestTag/Environment": environment, "aws:RequestTag/Project": "plataforma"}
    theirs = {"aws:ResourceTag/Environment": victim, "aws:ResourceTag/Project": "plataforma"}
    kept = {**theirs, "aws:ResourceTag/Environment": "account"}
    for service, call, end in (
        ("kms", "TagResource", "key/0"),
        ("kms", "UntagResource", "key/0"),
        ("ec2", "CreateTags", "security-group/sg-0"),
        ("ec2", "CreateTags", "subnet/subnet-0"),
        ("ec2", "DeleteTags", "vpc/vpc-0"),
        ("secretsmanager", "TagResource", "secret:rds!db-0-AbCdEf"),
        ("elasticfilesystem", "TagResource", "file-system/fs-0"),
        ("elasticfilesystem", "UntagResource", "file-system/fs-0"),
        ("aps", "TagResource", "workspace/ws-0"),
        ("acm", "AddTagsToCertificate", "certificate/0"),
        ("rds", "AddTagsToResource", "db-proxy:prx-0"),
        ("application-autoscaling", "TagResource", "scalable-target/0"),
    ):
        for tags in (theirs, kept):
            arn, whose = f"arn:aws:{service}:{HERE}:{end}", tags["aws:ResourceTag/Environment"]
            first = (Call(f"{service}:{call}", arn, {**mark, **tags}),)
            yield Attempt(f"{service}:{call} {end} of {whose}", maker, first)
    for name in ("state", "secrets-prod", "secrets-staging"):
        keys = {
            "aws:RequestedRegion": "eu-west-1",
            "aws:ResourceAccount": "123456789012",
            "aws:ResourceTag/Environment": "account",
            "kms:ViaService": "s3.eu-west-1.amazonaws.com",
        }
        call = Call("kms:Decrypt", account.key_arn(name), keys)
        text = f"the key {name} through S3 by a made role"
        yield Attempt(text, maker, made(maker, own), (call,), own, environment)
