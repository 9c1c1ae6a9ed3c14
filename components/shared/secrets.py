"""Secrets: where each value is kept, and what a container definition needs to name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.shared.context import Context
from settings.secrets import Secret

PLACEHOLDER = "placeholder-"


@dataclass(frozen=True)
class SecretHandle:
    """A secret as task definitions and roles name it; never its value.

    `value_from` goes into containerDefinitions.secrets, `arn` into the execution role's policy.
    `revision` changes with the value: it stands in a label, so that a new value rolls the tasks.
    `outside` says that the value can change with no run of this program.
    """

    store: Literal["ssm", "secretsmanager"]
    arn: pulumi.Input[str]
    value_from: pulumi.Input[str]
    revision: pulumi.Input[str]
    outside: bool = False

    def read_action(self) -> str:
        return {"ssm": "ssm:GetParameters", "secretsmanager": "secretsmanager:GetSecretValue"}[
            self.store
        ]


class Secrets(pulumi.ComponentResource):
    """The secrets of plataforma:secrets, by name.

    Makes, for each encrypted value: ssm.Parameter (SecureString), or secretsmanager.Secret and
    SecretVersion. A reference makes nothing; a reference to Secrets Manager is looked up by name.
    """

    handles: Mapping[str, SecretHandle]

    def __init__(
        self,
        name: str,
        context: Context,
        secrets: Mapping[str, Secret],
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:secrets:Secrets", name, None, opts)
        self._context = context
        self._key_arn = key_arn
        self.handles = {key: self._handle(key, secret) for key, secret in secrets.items()}
        self.register_outputs({})

    def _handle(self, key: str, secret: Secret) -> SecretHandle:
        if secret.ref:
            return self._referenced(secret.ref, str(secret.revision))
        if secret.store == "ssm":
            return self._parameter(key, secret)
        return self._secret(key, secret)

    def _parameter(self, key: str, secret: Secret) -> SecretHandle:
        assert secret.value is not None
        parameter = aws.ssm.Parameter(
            f"secrets-{key}",
            name=self._context.names.parameter(key),
            type="SecureString",
            key_id=self._key_arn,
            value=secret.value.as_output(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        revision = parameter.version.apply(str)
        return SecretHandle("ssm", parameter.arn, parameter.arn, revision)

    def _secret(self, key: str, secret: Secret) -> SecretHandle:
        assert secret.value is not None
        holder = aws.secretsmanager.Secret(
            f"secrets-{key}",
            name=self._context.names.secret(key),
            kms_key_id=self._key_arn,
            recovery_window_in_days=30 if self._context.is_production else 7,
            opts=pulumi.ResourceOptions(parent=self),
        )
        version = aws.secretsmanager.SecretVersion(
            f"secrets-{key}",
            secret_id=holder.id,
            secret_string=secret.value.as_output(),
            opts=pulumi.ResourceOptions(parent=holder),
        )
        return SecretHandle("secretsmanager", holder.arn, version.secret_arn, version.version_id)

    def _referenced(self, ref: str, revision: str) -> SecretHandle:
        store, _, rest = ref.partition(":")
        if store == "ssm":
            arn = self._context.arn("ssm", f"parameter{rest}")
            return SecretHandle("ssm", arn, arn, revision, outside=True)
        secret_name, _, json_key = rest.partition("#")
        found = aws.secretsmanager.get_secret_output(
            name=secret_name, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        value_from = json_value(found.arn, json_key) if json_key else found.arn
        return SecretHandle("secretsmanager", found.arn, value_from, revision, outside=True)


def json_value(arn: pulumi.Input[str], json_key: str) -> pulumi.Output[str]:
    """One key of a JSON secret, as containerDefinitions.secrets names it."""
    return pulumi.Output.concat(arn, f":{json_key}::")


def refuse_placeholders(secrets: Mapping[str, Secret]) -> None:
    """A sample value never reaches AWS: a preview only warns, an update is refused."""
    samples = sorted(
        name for name, s in secrets.items() if s.value and s.value.startswith(PLACEHOLDER)
    )
    if not samples:
        return
    names, stack = ", ".join(samples), pulumi.get_stack()
    advice = f"Set real values: make rekey STACK={stack}, or make secret STACK={stack} NAME=..."
    if pulumi.runtime.is_dry_run():
        pulumi.log.warn(f"plataforma:secrets still holds sample values for {names}. {advice}")
        return
    raise pulumi.RunError(
        f"plataforma:secrets of Pulumi.{stack}.yaml still holds sample values for {names}; "
        f"nothing was changed. {advice}"
    )
