"""What all requests are answered with while work is done."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from settings.network.maintenance import MaintenanceSettings
from settings.service import routing


def answer_for_maintenance(
    name: str, listener: aws.lb.Listener, settings: MaintenanceSettings
) -> None:
    """Makes: lb.ListenerRule before all others. Those stay, so that target groups are in use and
    deployments wait for healthy targets as before.

    A fixed response has a status, a type and a body, and no further header such as Retry-After;
    conditions know no "all but". Source: Elastic Load Balancing API, FixedResponseActionConfig,
    RuleCondition.
    """
    aws.lb.ListenerRule(
        f"{name}-maintenance",
        listener_arn=listener.arn,
        priority=routing.MAINTENANCE,
        conditions=[{"path_pattern": {"values": [routing.ANY_PATH]}}],
        actions=[
            {
                "type": "fixed-response",
                "fixed_response": {
                    "content_type": settings.content_type,
                    "message_body": settings.message,
                    "status_code": "503",
                },
            }
        ],
        opts=pulumi.ResourceOptions(parent=listener),
    )
