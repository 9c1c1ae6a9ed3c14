"""What could be done to an environment: its secrets, data, services and state, call by call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.bootstrap import account
from tests.bootstrap.account import HERE, IAM
from tests.bootstrap.iam import Context

STATE = "arn:aws:s3:::acme-plataforma-state"
THROUGH_SECRETS_MANAGER = {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}
RECORDS = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
DOMAINS = {
    "staging": "staging.example.com",
    "prod": "app.example.com",
    "pr7": "pr7.preview.example.com",
    "pr8": "pr8.preview.example.com",
}


@dataclass(frozen=True)
class Use:
    """A call, with the condition keys that AWS sets. `of`: secrets, data, services or state."""

    of: str
    action: str
    resource: str
    keys: Mapping[str, str | list[str]] = field(default_factory=dict[str, "str | list[str]"])
    environment: str = ""

    @property
    def name(self) -> str:
        """The same for every environment."""
        place = self.resource.split(":", 5)[-1] if self.resource != "*" else "*"
        place = re.sub(r"/0+(?=[a-z])", "/", place)
        named = place.replace(self.environment, "<env>") if self.environment else place
        via = " through a service" if "kms:ViaService" in self.keys else ""
        return f"{self.action} {named}{via}"

    @property
    def context(self) -> Context:
        always = {
            "aws:RequestedRegion": "eu-west-1",
            "aws:ResourceAccount": "123456789012",
            "aws:ResourceTag/Environment": self.environment,
            "aws:ResourceTag/Project": "plataforma",
        }
        return {**always, **self.keys}


def uses(environment: str) -> list[Use]:
    """What an environment, made by its stack, is used and changed by."""
    return [
        Use(use.of, use.action, use.resource, use.keys, environment)
        for part in (_secrets, _data, _services, _edge, _state)
        for use in part(environment)
    ]


def _all(of: str, service: str, calls: str, resource: str, **keys: str) -> Iterator[Use]:
    """`resource`: the end of an ARN in this account and region, or the whole."""
    arn = resource if resource.startswith(("arn:", "*")) else f"arn:aws:{service}:{HERE}:{resource}"
    for call in calls.split():
        yield Use(of, f"{service}:{call}", arn, dict(keys))


def _secrets(e: str) -> Iterator[Use]:
    yield from _all(
        "secrets",
        "ssm",
        "GetParameter GetParameters GetParametersByPath GetParameterHistory PutParameter "
        "DeleteParameter",
        f"parameter/plataforma/{e}/DATABASE_PASSWORD",
    )
    yield from _all(
        "secrets",
        "secretsmanager",
        "GetSecretValue BatchGetSecretValue PutSecretValue PutResourcePolicy UpdateSecret "
        "RotateSecret DeleteSecret TagResource",
        f"secret:plataforma/{e}/database-proxy-AbCdEf",
        **{"aws:RequestTag/Environment": "staging"},
    )
    owner = {
        "aws:ResourceTag/aws:rds:primaryDBInstanceArn": f"arn:aws:rds:{HERE}:db:plataforma-{e}"
    }
    yield from _all(
        "secrets",
        "secretsmanager",
        "GetSecretValue PutResourcePolicy RotateSecret",
        "secret:rds!db-00000000-AbCdEf",
        **owner,
    )
    key = "key/11111111-2222-3333-4444-555555555555"
    yield from _all(
        "secrets",
        "kms",
        "Decrypt GenerateDataKey ReEncryptFrom PutKeyPolicy ScheduleKeyDeletion UntagResource "
        "TagResource",
        key,
        **{"aws:RequestTag/Environment": "staging", "aws:RequestTag/Project": "plataforma"},
    )
    yield from _all("secrets", "kms", "Decrypt GenerateDataKey", key, **THROUGH_SECRETS_MANAGER)
    yield from _all("secrets", "kms", "CreateGrant", key, **{"kms:GrantIsForAWSResource": "true"})
    name = "preview" if e.startswith("pr7") or e.startswith("pr8") else e
    of_account = {"aws:ResourceTag/Environment": "account"}
    arn = account.key_arn(f"secrets-{name}")
    yield from _all("secrets", "kms", "Decrypt Encrypt PutKeyPolicy CreateGrant", arn, **of_account)


def _data(e: str) -> Iterator[Use]:
    bucket = f"arn:aws:s3:::plataforma-{e}-uploads-123456789012"
    yield from _all("data", "s3", "ListBucket PutBucketPolicy DeleteBucket", bucket)
    yield from _all(
        "data",
        "s3",
        "GetObject GetObjectVersion PutObject DeleteObject PutObjectAcl",
        f"{bucket}/x",
    )
    yield from _all(
        "data",
        "sqs",
        "ReceiveMessage SendMessage DeleteMessage SetQueueAttributes AddPermission PurgeQueue",
        f"plataforma-{e}-events",
    )
    yield from _all("data", "sns", "Publish SetTopicAttributes Subscribe", f"plataforma-{e}-alarms")
    yield from _all(
        "data",
        "rds",
        "ModifyDBInstance DeleteDBInstance CreateDBSnapshot CreateDBInstanceReadReplica",
        f"db:plataforma-{e}",
    )
    yield from _all("data", "rds", "ModifyDBProxy DeleteDBProxy", "db-proxy:prx-0")
    yield from _all("data", "rds", "ModifyDBProxyTargetGroup", "target-group:prx-tg-0")
    yield from _all("data", "rds-db", "connect", "dbuser:db-0/postgres")
    yield from _all(
        "data", "elasticache", "ModifyReplicationGroup", f"replicationgroup:plataforma-{e}"
    )
    yield from _all("data", "mq", "UpdateBroker RebootBroker", f"broker:plataforma-{e}:b-0")
    yield from _all(
        "data",
        "logs",
        "GetLogEvents FilterLogEvents PutLogEvents DeleteLogGroup",
        f"log-group:/plataforma/{e}/backend:log-stream:x",
    )
    yield from _all("data", "logs", "PutResourcePolicy", f"log-group:/plataforma/{e}/backend")
    yield from _all("data", "aps", "QueryMetrics RemoteWrite DeleteWorkspace", "workspace/ws-0")
    yield from _all(
        "data",
        "elasticfilesystem",
        "ClientMount ClientWrite ClientRootAccess DeleteFileSystem PutFileSystemPolicy",
        "file-system/fs-0",
    )
    yield from _all("data", "dynamodb", "GetItem PutItem", f"table/plataforma-{e}-orders")
    yield from _all("data", "kinesis", "GetRecords", f"stream/plataforma-{e}-clicks")


def _services(e: str) -> Iterator[Use]:
    cluster = {"ecs:cluster": f"arn:aws:ecs:{HERE}:cluster/plataforma-{e}"}
    yield from _all("services", "ecs", "DescribeClusters DeleteCluster", f"cluster/plataforma-{e}")
    service = f"service/plataforma-{e}/backend"
    yield from _all("services", "ecs", "UpdateService DeleteService", service, **cluster)
    yield from _all("services", "ecs", "CreateTaskSet ListTasks ListServices", "*", **cluster)
    task = f"task/plataforma-{e}/0"
    calls = "StopTask ExecuteCommand UpdateTaskProtection TagResource"
    yield from _all("services", "ecs", calls, task, **cluster)
    definition = f"task-definition/plataforma-{e}-backend:1"
    yield from _all("services", "ecs", "RunTask RegisterTaskDefinition", definition, **cluster)
    yield from _all("services", "ecs", "DeregisterTaskDefinition", "*")
    yield from _all("services", "events", "PutRule PutTargets", f"rule/plataforma-{e}-secrets")
    yield from _all("services", "events", "PutEvents", f"event-bus/plataforma-{e}-orders")
    schedule = f"schedule/default/plataforma-{e}-job-report"
    yield from _all("services", "scheduler", "UpdateSchedule", schedule)
    machine = f"stateMachine:plataforma-{e}-job-report"
    yield from _all("services", "states", "StartExecution UpdateStateMachine", machine)
    yield from _all("services", "states", "StopExecution", f"execution:plataforma-{e}-job-report:0")
    group = f"deploymentgroup:plataforma-{e}-backend/plataforma-{e}-backend"
    yield from _all("services", "codedeploy", "CreateDeployment UpdateDeploymentGroup", group)
    yield from _all("services", "codedeploy", "StopDeployment ContinueDeployment", "*")
    yield from _all("services", "lambda", "InvokeFunction", f"function:plataforma-{e}-report")
    yield from _all(
        "services", "application-autoscaling", "RegisterScalableTarget", "scalable-target/0"
    )
    role = f"{IAM}:role/plataforma-{e}-backend-task"
    to_tasks = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    yield from _all("services", "iam", "PassRole", role, **to_tasks)
    yield from _all("services", "iam", "UpdateAssumeRolePolicy DeleteRole TagRole", role)
    for environment in (e, "staging", "ephemeral"):
        bound = {"iam:PermissionsBoundary": f"{IAM}:policy/plataforma-boundary-{environment}"}
        yield from _all("services", "iam", "CreateRole PutRolePolicy", role, **bound)


def _edge(e: str) -> Iterator[Use]:
    balancer = f"app/plataforma-{e}/0"
    for calls, arn in (
        ("ModifyListener", f"listener/{balancer}/1"),
        ("ModifyRule", f"listener-rule/{balancer}/1/2"),
        ("RegisterTargets DeregisterTargets", f"targetgroup/{e}-backend-b00000/0"),
        ("DeleteLoadBalancer", f"loadbalancer/{balancer}"),
    ):
        yield from _all("services", "elasticloadbalancing", calls, arn)
    yield from _all("services", "elasticloadbalancing", "SetWebAcl", "*")
    yield from _all(
        "services",
        "ec2",
        "AuthorizeSecurityGroupIngress DeleteSecurityGroup CreateTags DeleteTags",
        "security-group/sg-0",
        **{"aws:RequestTag/Environment": "staging", "aws:RequestTag/Project": "plataforma"},
    )
    yield from _all("services", "ec2", "CreateRoute", "route-table/rtb-0")
    yield from _all("services", "ec2", "CreateSecurityGroup CreateSubnet", "vpc/vpc-0")
    distribution = "arn:aws:cloudfront::123456789012:distribution/E0"
    yield from _all("services", "cloudfront", "UpdateDistribution", distribution)
    acl = f"regional/webacl/plataforma-{e}/0"
    yield from _all("services", "wafv2", "UpdateWebACL", acl)
    yield from _all("services", "acm", "DeleteCertificate", "certificate/0")
    yield from _all(
        "services", "cloudwatch", "DeleteAlarms", f"alarm:plataforma-{e}-backend-errors"
    )
    yield from _all("services", "sns", "Unsubscribe", f"plataforma-{e}-alarms:0")
    zone = "arn:aws:route53:::hostedzone/Z0123456789EXAMPLE"
    yield Use("services", "route53:ChangeResourceRecordSets", zone, {RECORDS: [DOMAINS[e]]})


def _state(e: str) -> Iterator[Use]:
    folder = f"{STATE}/.pulumi"
    of_account = {"aws:ResourceTag/Environment": "account"}
    objects = (
        f"stacks/plataforma/{e}.json",
        f"history/plataforma/{e}/{e}-0.checkpoint.json",
        f"backups/plataforma/{e}/{e}-0.json",
        f"locks/organization/plataforma/{e}/0.json",
    )
    calls = "GetObject PutObject DeleteObject GetObjectVersion DeleteObjectVersion"
    for path in objects:
        yield from _all("state", "s3", calls, f"{folder}/{path}", **of_account)
    for name in () if e.startswith(("pr7", "pr8")) else (f"deploy-{e}", f"preview-{e}"):
        calls = "PutRolePolicy UpdateAssumeRolePolicy AttachRolePolicy DeleteRole"
        yield from _all("state", "iam", calls, f"{IAM}:role/plataforma-{name}", **of_account)


def of_account() -> list[Use]:
    """What belongs to the account, which no stack's role may change."""
    keys = {"aws:ResourceTag/Environment": "account"}
    policies = [*account.boundaries(), f"{IAM}:policy/plataforma-deploy-prod-1"]
    provider = f"{IAM}:oidc-provider/token.actions.githubusercontent.com"
    found = [
        *_all("state", "s3", "PutBucketPolicy PutBucketVersioning DeleteBucket", STATE, **keys),
        *_all("state", "s3", "PutLifecycleConfiguration PutEncryptionConfiguration", STATE, **keys),
        *_all("state", "s3", "PutObject", f"{STATE}/.pulumi/meta.yaml", **keys),
        *_all(
            "state",
            "s3",
            "GetObject PutObject",
            f"{STATE}/.pulumi/stacks/plataforma-bootstrap/account.json",
            **keys,
        ),
        *_all(
            "state",
            "kms",
            "Decrypt PutKeyPolicy ScheduleKeyDeletion CreateGrant UntagResource",
            account.key_arn("state"),
            **keys,
        ),
        *_all("state", "iam", "UpdateOpenIDConnectProviderThumbprint", provider, **keys),
        *_all("state", "iam", "CreateOpenIDConnectProvider", f"{IAM}:oidc-provider/evil.example"),
        *_all("state", "iam", "CreateUser CreateAccessKey", f"{IAM}:user/plataforma-staging-x"),
        *_all("state", "iam", "CreatePolicy", f"{IAM}:policy/plataforma-staging-x"),
        *_all("state", "sts", "AssumeRole", f"{IAM}:role/Administrator"),
    ]
    for arn in policies:
        calls = "CreatePolicyVersion SetDefaultPolicyVersion DeletePolicy DeletePolicyVersion"
        found += _all("state", "iam", calls, arn, **keys)
    return found
