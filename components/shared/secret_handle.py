"""References to secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi


@dataclass(frozen=True)
class SecretHandle:
    """A reference to a secret, without its value.

    `value_from` goes into containerDefinitions.secrets, `arn` into the execution role's policy.
    `revision` changes with the value: a label of the container holds it, so that a new value
    replaces the tasks. `is_external` says that the value can change without a run of this program.
    `key_arn` is the KMS key that encrypts it, if that is neither the stack's nor AWS's own.
    """

    store: Literal["ssm", "secretsmanager"]
    arn: pulumi.Input[str]
    value_from: pulumi.Input[str]
    revision: pulumi.Input[str]
    is_external: bool = False
    key_arn: pulumi.Input[str] | None = None

    def read_action(self) -> str:
        return {"ssm": "ssm:GetParameters", "secretsmanager": "secretsmanager:GetSecretValue"}[
            self.store
        ]


def json_value(arn: pulumi.Input[str], json_key: str) -> pulumi.Output[str]:
    """One key of a JSON secret, as containerDefinitions.secrets names it."""
    return pulumi.Output.concat(arn, f":{json_key}::")
