"""A new deployment of a service when a secret of it changes without a run of the program.

ECS reads a secret only when a task starts. A changed value of the stack file changes a label of the
task definition; a rotated password or an edited parameter raises an event, which is handled here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.context import Context
from components.shared.secret_handle import SecretHandle


class SecretRefresh(pulumi.ComponentResource):
    """Forces a new deployment of a service when one of its external secrets changes.

    Makes: sfn.StateMachine that calls ecs:UpdateService, its role, a role for EventBridge, and for
    each service a cloudwatch.EventRule and EventTarget.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        secrets_by_service: Mapping[str, Sequence[SecretHandle]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:secrets:SecretRefresh", name, None, opts)
        self._name, self._context = name, context
        machine = self._state_machine(sorted(secrets_by_service))
        start = iam.service_role(
            f"{name}-start",
            physical_name=f"{context.names.platform}-secret-refresh-start",
            service="events",
            context=context,
            statements=[iam.allow(["states:StartExecution"], [machine.arn])],
            parent=self,
        )
        for service, secrets in secrets_by_service.items():
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
            definition=json.dumps(definition(cluster, self._context.partition), sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _rule(
        self,
        service: str,
        secrets: Sequence[SecretHandle],
        machine: aws.sfn.StateMachine,
        role: iam.ServiceRole,
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
            input=json.dumps({"service": service}),
            opts=pulumi.ResourceOptions(parent=rule),
        )


def definition(cluster: str, partition: str) -> dict[str, object]:
    """One state: a new deployment of the service named in the input (Step Functions' SDK
    integration with ECS), retried while another deployment is in progress."""
    new_deployment = {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::aws-sdk:ecs:updateService",
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
    return {"StartAt": "NewDeployment", "States": {"NewDeployment": new_deployment}}


def event_pattern(secrets: Sequence[SecretHandle]) -> dict[str, object]:
    """An EventBridge pattern: a parameter edited, or a secret's current version moved, by whatever
    call. Both events name the ARN, however the caller named the secret, and need no CloudTrail.

    Sources: Systems Manager User Guide, "Amazon EventBridge event examples for Systems Manager";
    Secrets Manager User Guide, "Secret Label Updated event".
    """
    changes = [{"operation": ["Update"]}, {"labelUpdated": ["AWSCURRENT"]}]
    return {
        "source": ["aws.ssm", "aws.secretsmanager"],
        "detail-type": ["Parameter Store Change", "Secret Label Updated"],
        "resources": [secret.arn for secret in secrets],
        "detail": {"$or": changes},
    }
