"""Task definitions, roles, logs and scaling of services."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from policies.rule import Context, Inputs, Rule, is_known, is_on

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
SCALING = "aws:appautoscaling/target:Target"
SECRET_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|SECRETS?|TOKEN|PRIVATE_KEY|API_?KEY|SIGNING_KEYS?|CREDENTIALS?|DSN)$"
)
SECRET_VALUE = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|[a-z][a-z0-9+]*://[^/\s:@]+:[^/\s@]+@|"
    r"gh[pousr]_[A-Za-z0-9]{36}"
)
# Actions that AWS scopes to no resource (Service Authorization Reference).
UNSCOPED = re.compile(
    r"ecr:GetAuthorizationToken|ssmmessages:\w+|xray:Put\w+|cloudwatch:PutMetricData|"
    r"cloudwatch:(GetMetricData|ListMetrics)|ecs:(List(Services|Tasks)|DescribeClusters)|"
    r"logs:DescribeLogGroups|ec2:Describe\w+"
)


def containers(inputs: Inputs) -> Iterator[dict[str, Any]]:
    """The container definitions; none if they are unknown."""
    text = inputs.get("containerDefinitions")
    try:
        definitions = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return
    for definition in definitions if isinstance(definitions, list) else ():
        if isinstance(definition, dict):
            yield definition


def no_plain_secret(inputs: Inputs, _: Context) -> Iterator[str]:
    for container in containers(inputs):
        variables = container.get("environment")
        for variable in variables if isinstance(variables, list) else ():
            if not isinstance(variable, dict):
                continue
            name, value = str(variable.get("name")), str(variable.get("value"))
            if SECRET_NAME.search(name) or SECRET_VALUE.search(value):
                yield (
                    f"holds {name} in plain text: put it under plataforma:secrets and name it in "
                    f"plataforma:services.{container.get('name')}.secrets"
                )


def image_by_digest(inputs: Inputs, _: Context) -> Iterator[str]:
    for container in containers(inputs):
        image = str(container.get("image", ""))
        if is_known(image) and "@sha256:" not in image:
            yield f"runs {image or 'an image'} by tag; a tag can move: deploy a digest"


def not_root(inputs: Inputs, _: Context) -> Iterator[str]:
    for container in containers(inputs):
        # FireLens' socket and configuration belong to root.
        if container.get("firelensConfiguration"):
            continue
        user = str(container.get("user", "")).partition(":")[0]
        if user in ("", "0", "root"):
            yield f"runs as root: set plataforma:services.{container.get('name')}.user"


def read_only_root(inputs: Inputs, context: Context) -> Iterator[str]:
    """ECS Exec, which other stacks may have, needs to write there."""
    if not context.is_production:
        return
    for container in containers(inputs):
        if container.get("readonlyRootFilesystem") is not True:
            yield (
                f"container {container.get('name')} may write to its own file system: with "
                "plataforma:cluster.exec it has to"
            )


def not_privileged(inputs: Inputs, _: Context) -> Iterator[str]:
    for container in containers(inputs):
        if container.get("privileged"):
            yield f"container {container.get('name')} is privileged"


def log_retention(inputs: Inputs, _: Context) -> Iterator[str]:
    if not inputs.get("retentionInDays"):
        yield "keeps logs for ever (retentionInDays)"


def exact_arns(inputs: Inputs, _: Context) -> Iterator[str]:
    for statement in _statements(inputs.get("policy")):
        if statement.get("Effect") != "Allow":
            continue
        actions = _listed(statement.get("Action"))
        wide = [action for action in actions if action == "*" or action.endswith(":*")]
        if wide:
            yield f"allows {', '.join(wide)}: name the actions"
        scoped = [action for action in actions if not UNSCOPED.fullmatch(action)]
        if "*" in _listed(statement.get("Resource")) and scoped:
            yield f"allows {', '.join(scoped)} on every resource: name the ARNs"


def _statements(policy: Any) -> Iterator[dict[str, Any]]:
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return
    statements = document.get("Statement") if isinstance(document, dict) else None
    for statement in _items(statements):
        if isinstance(statement, dict):
            yield statement


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _listed(value: Any) -> list[str]:
    return [item for item in _items(value) if isinstance(item, str)]


def exec_is_off(inputs: Inputs, context: Context) -> Iterator[str]:
    if context.is_production and is_on(inputs, "enableExecuteCommand"):
        yield "lets people into its containers in production: plataforma:cluster.exec"


def two_tasks(inputs: Inputs, context: Context) -> Iterator[str]:
    least = inputs.get("minCapacity")
    if context.is_production and isinstance(least, int | float) and least < 2:
        yield f"keeps {least:g} tasks in production; one zone's end would stop the service"


def volumes_by_tls_and_role(inputs: Inputs, _: Context) -> Iterator[str]:
    volumes = inputs.get("volumes")
    for volume in volumes if isinstance(volumes, list | tuple) else ():
        efs = volume.get("efsVolumeConfiguration") if isinstance(volume, dict) else None
        if not isinstance(efs, dict):
            continue
        if is_known(efs.get("transitEncryption")) and efs.get("transitEncryption") != "ENABLED":
            yield f"mounts {volume.get('name')} without TLS (transitEncryption)"
        authorization = efs.get("authorizationConfig")
        if not isinstance(authorization, dict) or authorization.get("iam") != "ENABLED":
            yield f"mounts {volume.get('name')} without its role (authorizationConfig.iam)"


RULES = (
    Rule(
        "task-no-plain-secret",
        "mandatory",
        "No secret in plain text in a task definition.",
        (TASK_DEFINITION,),
        no_plain_secret,
    ),
    Rule("image-by-digest", "mandatory", "Images by digest.", (TASK_DEFINITION,), image_by_digest),
    Rule("task-not-root", "mandatory", "No root user.", (TASK_DEFINITION,), not_root),
    Rule(
        "task-read-only-root",
        "mandatory",
        "Containers can't change their own files in production.",
        (TASK_DEFINITION,),
        read_only_root,
    ),
    Rule(
        "task-not-privileged",
        "mandatory",
        "No privileged container.",
        (TASK_DEFINITION,),
        not_privileged,
    ),
    Rule(
        "task-volume-tls",
        "mandatory",
        "Volumes are mounted by TLS, with the task's role.",
        (TASK_DEFINITION,),
        volumes_by_tls_and_role,
    ),
    Rule("log-retention", "mandatory", "Logs end some day.", (LOG_GROUP,), log_retention),
    Rule("iam-exact-arns", "mandatory", "Roles name actions and ARNs.", (ROLE_POLICY,), exact_arns),
    Rule("exec-off", "advisory", "No ECS Exec in production.", (SERVICE,), exec_is_off),
    Rule("two-tasks", "advisory", "Two tasks at least in production.", (SCALING,), two_tasks),
)
