"""Secrets: where each value is stored, and how a container definition refers to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.shared.context import Context
from components.shared.link import Link
from components.shared.secret_handle import SecretHandle, json_value
from settings.secrets import Secret

PLACEHOLDER = "placeholder-"
NO_RECOVERY_WINDOW = 0
"""Days. The stack file keeps the value, and a secret in its recovery window keeps its name from
being used again (Secrets Manager API Reference, DeleteSecret, ForceDeleteWithoutRecovery)."""


@dataclass(frozen=True)
class Password:
    """A value of the stack file that a store is created with, and the secret that holds it."""

    value: pulumi.Output[str]
    secret: SecretHandle


@dataclass(frozen=True)
class SecretsArgs:
    """`secrets` is plataforma:secrets by name; `key_arn` the KMS key that encrypts them."""

    secrets: Mapping[str, Secret]
    key_arn: pulumi.Input[str]


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
        args: SecretsArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:secrets:Secrets", name, None, opts)
        self._context, self._args = context, args
        self.handles = {key: self._handle(key, secret) for key, secret in args.secrets.items()}
        self.register_outputs({})

    def password(self, name: str) -> Password:
        """A value of the stack file; settings allow no reference where a store needs the value."""
        value = self._args.secrets[name].value
        assert value is not None
        return Password(value.as_output(), self.handles[name])

    def link(self, names: Sequence[str]) -> Link:
        """Secrets as variables of the same names."""
        return Link("secrets", secrets={name: self.handles[name] for name in names})

    def _handle(self, key: str, secret: Secret) -> SecretHandle:
        if secret.ref:
            return self._referenced(key, secret.ref, secret)
        if secret.store == "ssm":
            return self._parameter(key, secret)
        return self._secret(key, secret)

    def _parameter(self, key: str, secret: Secret) -> SecretHandle:
        assert secret.value is not None
        parameter = aws.ssm.Parameter(
            f"secrets-{key}",
            name=self._context.names.parameter(key),
            type="SecureString",
            key_id=self._args.key_arn,
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
            kms_key_id=self._args.key_arn,
            recovery_window_in_days=NO_RECOVERY_WINDOW,
            opts=pulumi.ResourceOptions(parent=self),
        )
        version = aws.secretsmanager.SecretVersion(
            f"secrets-{key}",
            secret_id=holder.id,
            secret_string=secret.value.as_output(),
            opts=pulumi.ResourceOptions(parent=holder),
        )
        return SecretHandle("secretsmanager", holder.arn, version.secret_arn, version.version_id)

    def _referenced(self, name: str, ref: str, secret: Secret) -> SecretHandle:
        store, _, rest = ref.partition(":")
        revision, key_arn = str(secret.revision), secret.kms_key
        if store == "ssm":
            arn = self._context.arn("ssm", f"parameter{rest}")
            return SecretHandle("ssm", arn, arn, revision, is_external=True, key_arn=key_arn)
        secret_name, _, json_key = rest.partition("#")
        invoke = pulumi.InvokeOutputOptions(parent=self)
        if secret.ref_arn:
            json_key = ref.partition("#")[2]
            found = aws.secretsmanager.get_secret_output(arn=secret.ref_arn, opts=invoke)
        else:
            found = aws.secretsmanager.get_secret_output(name=secret_name, opts=invoke)
        arn = pulumi.Output.all(found.arn, found.kms_key_id, self._args.key_arn).apply(
            lambda known: readable_arn(name, secret, *known)
        )
        value_from = json_value(arn, json_key) if json_key else arn
        return SecretHandle(
            "secretsmanager", arn, value_from, revision, is_external=True, key_arn=key_arn
        )


def readable_arn(name: str, secret: Secret, arn: str, key: str | None, stack_key_arn: str) -> str:
    """The secret's ARN. Errors: RunError where tasks could read it but not decrypt it."""
    aws_own, stacks = not key or key.startswith("alias/aws/"), key and key in stack_key_arn
    if not (aws_own or stacks or secret.kms_key):
        raise pulumi.RunError(
            f"plataforma:secrets.{name}: {secret.ref} is encrypted by the KMS key {key}, which no "
            f'task may use. Name it: {name}: {{ref: "{secret.ref}", kmsKey: <the key\'s ARN>}}.'
        )
    return arn


def refuse_placeholders(secrets: Mapping[str, Secret]) -> None:
    """Refuses an update while the stack file holds sample values; a preview only warns."""
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
