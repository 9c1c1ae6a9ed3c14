"""What a stack asks for and its boundary would refuse."""

from __future__ import annotations

from typing import Any

import pytest

from commands.outside_boundary import outside_boundary
from settings import stack_file
from tests.support import stacks

HERE = "eu-west-1:123456789012"
OTHERS = f"arn:aws:dynamodb:{HERE}:table/plataforma-prod-orders"
OWN = f"arn:aws:dynamodb:{HERE}:table/plataforma-staging-orders"
LISTED = "in bootstrap/Pulumi.account.yaml, and run `make bootstrap`."


def found(stack: str, **changed: Any) -> list[tuple[str, str]]:
    content = stack_file.load(stacks.FILES / f"Pulumi.{stack}.yaml")["config"]
    config = content | {f"plataforma:{key}": value for key, value in changed.items()}
    return list(outside_boundary(stack, config, stacks.account().values))


def table(arn: str) -> dict[str, Any]:
    return {"backend": {"permissions": [{"actions": ["dynamodb:GetItem"], "resources": [arn]}]}}


def receiver(topic: str) -> dict[str, Any]:
    return {"alerting": {"receivers": {"team": {"sns": topic}}}}


def test_a_key_of_the_provider_in_the_accounts_file_hides_nothing():
    config = {"plataforma:permissionsBoundary": "other"}
    account = {**stacks.account().values, "aws:skipMetadataApiCheck": "true"}
    assert list(outside_boundary("staging", config, account)) != []


@pytest.mark.parametrize("stack", stacks.STACKS)
def test_the_samples_ask_for_nothing_else(stack: str):
    assert found(stack) == []


@pytest.mark.parametrize(
    ("changed", "key", "named"),
    [
        ({"secrets": {"X": "ssm:/shop/x"}}, "secrets.X", "ssm:/shop/x"),
        ({"secrets": {"X": {"ref": "secretsmanager:a/b#c"}}}, "secrets.X", "secretsmanager:a/b"),
        (
            {"secrets": {"X": "ssm:/plataforma/prod/x"}},
            "secrets.X",
            "ssm:/plataforma/prod/x",
        ),
        ({"services": table(OTHERS)}, "services.backend.permissions.0", OTHERS),
        (
            {"monitoring": receiver(f"arn:aws:sns:{HERE}:ops")},
            "monitoring.alerting.receivers.team.sns",
            f"arn:aws:sns:{HERE}:ops",
        ),
    ],
)
def test_what_bears_another_name_and_is_not_listed_is_named(
    changed: dict[str, Any], key: str, named: str
):
    text = f"tasks of staging may not use {named}: add it to `resources` of staging {LISTED}"
    assert found("staging", **changed) == [(key, text)]


@pytest.mark.parametrize(
    "changed",
    [
        {"secrets": {"X": "ssm:/plataforma/staging/x", "Y": "secretsmanager:plataforma/registry"}},
        {"services": table(OWN)},
        {"monitoring": receiver("true")},
    ],
)
def test_what_bears_its_name_or_is_listed_is_left_alone(changed: dict[str, Any]):
    assert found("staging", **changed) == []


def test_another_environments_boundary_is_named():
    (one,) = found("staging", permissionsBoundary="plataforma-boundary-prod")
    expected = "is plataforma-boundary-prod; roles of staging are made with "
    assert one == ("permissionsBoundary", f"{expected}plataforma-boundary-staging.")
