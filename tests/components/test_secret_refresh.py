"""Which events roll a service: those of its secrets outside the program, and no others."""

from __future__ import annotations

import json
from typing import Any

from moto.events.models import EventPattern

from tests.support.configs import changed
from tests.support.plans import only, plan_of

RULE = "aws:cloudwatch/eventRule:EventRule"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/ops/api-key"
PASSWORD = "${database.masterUserSecrets[0].secretArn}"


def parameter_change(arn: str, operation: str) -> dict[str, Any]:
    """AWS Systems Manager User Guide, "Amazon EventBridge event examples for Systems Manager"."""
    name = arn.partition(":parameter")[2]
    return {
        "version": "0",
        "source": "aws.ssm",
        "detail-type": "Parameter Store Change",
        "resources": [arn],
        "detail": {"operation": operation, "name": name, "type": "SecureString"},
    }


def label_update(arn: str, label: str) -> dict[str, Any]:
    """AWS Secrets Manager User Guide, "Secret Label Updated event"."""
    return {
        "version": "0",
        "source": "aws.secretsmanager",
        "detail-type": "Secret Label Updated",
        "resources": [arn],
        "detail": {"name": "mySecret", "labelUpdated": label, "versionId": "a1b2c3d4"},
    }


def matched(events: list[dict[str, Any]]) -> list[bool]:
    plan = plan_of(changed({"services.backend.secrets": ["API_KEY"]}))
    written = only(plan, RULE, "secret-refresh-backend").inputs["eventPattern"]
    pattern = EventPattern.load(written)
    return [pattern.matches_event(json.loads(json.dumps(event))) for event in events]


def test_a_new_value_of_a_secret_outside_the_program_rolls_its_services():
    events = [parameter_change(PARAMETER, "Update"), label_update(PASSWORD, "AWSCURRENT")]
    assert matched(events) == [True, True]


def test_other_changes_and_other_secrets_roll_nothing():
    other_secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other-a1b2c3"
    events = [
        parameter_change(PARAMETER, "LabelParameterVersion"),
        parameter_change(f"{PARAMETER}-2", "Update"),
        label_update(PASSWORD, "blessed"),
        label_update(other_secret, "AWSCURRENT"),
    ]
    assert not any(matched(events))
