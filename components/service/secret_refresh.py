"""Secrets that change outside the program roll the services that read them.

ECS reads a secret only when a task starts. A value of the stack file rolls its services by a label
of the task definition; a rotated password or a parameter that ops edit is noticed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.context import Context
from components.shared.secrets import SecretHandle


class SecretRefresh(pulumi.ComponentResource):
    """Forces a new deployment of a service when one of its outside secrets changes.

    Makes: sfn.StateMachine that calls ecs:UpdateService, its role, a role for EventBridge, and for
    each service a cloudwatch.EventRule and EventTarget. Secrets Manager's changes reach EventBridge
    through a CloudTrail trail of the account.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        watched: Mapping[str, Sequence[SecretHandle]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`watched`: by service name, the secrets that change outside the program."""
        super().__init__("plataforma:secrets:SecretRefresh", name, None, opts)
        self._name, self._context = name, context
        machine = self._state_machine(sorted(watched))
        start = iam.service_role(
            f"{name}-start",
            physical_name=f"{context.names.platform}-secret-refresh-start",
            service="events",
            context=context,
            statements=[iam.allow(["states:StartExecution"], [machine.arn])],
            parent=self,
        )
        for service, secrets in watched.items():
            self._rule(service, secrets, machine, start)
        self.register_outputs({})

    def _state_machine(self, services: Sequence[str]) -> aws.sfn.StateMachine:
        cluster = self._context.names.platform
        arns = [self._context.arn("ecs", f"service/{cluster}/{service}") for service in services]
        role = iam.service_role(
            self._name,
            physical_name=f"{cluster}-secret-refresh",
            service="states",
            context=self._context,
            statements=[iam.allow(["ecs:UpdateService"], arns)],
            parent=self,
        )
        return aws.sfn.StateMachine(
            self._name,
            name=f"{cluster}-secret-refresh",
            role_arn=role.arn,
            definition=pulumi.Output.json_dumps(definition(cluster), sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _rule(
        self,
        service: str,
        secrets: Sequence[SecretHandle],
        machine: aws.sfn.StateMachine,
        role: aws.iam.Role,
    ) -> None:
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-{service}",
            name=self._context.names.event_rule(service),
            description=f"A secret of {service} changed outside the program",
            event_pattern=pulumi.Output.json_dumps(event_pattern(secrets), sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.cloudwatch.EventTarget(
            f"{self._name}-{service}",
            rule=rule.name,
            arn=machine.arn,
            role_arn=role.arn,
            input=pulumi.Output.json_dumps({"service": service}),
            opts=pulumi.ResourceOptions(parent=rule),
        )


def definition(cluster: str) -> dict[str, object]:
    """One state: a new deployment of the service named in the input (Step Functions' SDK
    integration with ECS), tried again while another deployment is under way."""
    restart = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ecs:updateService",
        "Parameters": {"Cluster": cluster, "Service.$": "$.service", "ForceNewDeployment": True},
        "Retry": [
            {
                "ErrorEquals": ["States.ALL"],
                "IntervalSeconds": 30,
                "BackoffRate": 2,
                "MaxAttempts": 5,
            }
        ],
        "End": True,
    }
    return {"StartAt": "NewDeployment", "States": {"NewDeployment": restart}}


def event_pattern(secrets: Sequence[SecretHandle]) -> dict[str, object]:
    """Events of EventBridge: a parameter edited, a secret rotated or given a new value."""
    parameters = [secret.arn for secret in secrets if secret.store == "ssm"]
    others = [secret.arn for secret in secrets if secret.store == "secretsmanager"]
    either: list[dict[str, object]] = []
    if parameters:
        either.append(
            {
                "source": ["aws.ssm"],
                "detail-type": ["Parameter Store Change"],
                "detail": {"operation": ["Update"]},
                "resources": parameters,
            }
        )
    if others:
        rotated = {"eventName": ["RotationSucceeded"], "additionalEventData": {"SecretId": others}}
        written = {
            "eventName": ["PutSecretValue", "UpdateSecret"],
            "requestParameters": {"secretId": others},
        }
        for detail in (rotated, written):
            either.append({"source": ["aws.secretsmanager"], "detail": detail})
    return either[0] if len(either) == 1 else {"$or": either}
