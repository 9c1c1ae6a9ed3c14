"""Secrets of the stack config: encrypted values, and references to values in AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import pulumi
from pydantic import Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from settings.problems import NAMESPACE, Problem
from settings.section import Section

REFERENCE_PREFIXES = ("ssm:", "secretsmanager:", "arn:aws")
_BY_ARN = r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:"


class InlineValue(str):
    """A decrypted value of the stack file. It never shows itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "[secret]"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        del source, handler
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())

    def as_output(self) -> pulumi.Output[str]:
        return pulumi.Output.secret(str(self))


class Secret(Section):
    """One secret: an encrypted value of the stack file, or a reference to one in AWS.

    In the file a secret may also be written short: a `secure:` value, or the reference alone.
    """

    value: InlineValue | None = Field(
        default=None, description="An encrypted value (secure: ...), written by `make secret`."
    )
    store: Literal["ssm", "secretsmanager"] = Field(
        default="ssm",
        description="Where an encrypted value is put: ssm, unless it is secretsmanager.",
    )
    ref: str | None = Field(
        default=None,
        pattern=r"^(ssm:/[A-Za-z0-9_./-]+"
        rf"|(secretsmanager:|{_BY_ARN})[A-Za-z0-9/_+=.@!-]+(#[A-Za-z0-9_-]+)?)$",
        description="ssm:/path/of/parameter, secretsmanager:name or the ARN of a secret, the last "
        "two with an optional #jsonKey; all of this stack's account and region.",
    )
    kms_key: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+$",
        description="ARN of the customer managed KMS key that encrypts what ref names, if it is "
        "not the stack's. Its key policy must let this account's IAM policies grant its use.",
    )
    revision: int = Field(
        default=1, ge=1, description="Raise it when the referenced value changed, to roll tasks."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, written: object) -> object:
        if not isinstance(written, str):
            return written
        return {"ref" if written.startswith(REFERENCE_PREFIXES) else "value": written}

    @property
    def is_secrets_manager_secret(self) -> bool:
        """Whether it is a secret of Secrets Manager, and not one key of its JSON."""
        if self.ref:
            return not self.ref.startswith("ssm:") and "#" not in self.ref
        return self.store == "secretsmanager"

    @property
    def ref_arn(self) -> str | None:
        """The secret's ARN, where it is referenced by that."""
        is_arn = self.ref is not None and self.ref.startswith("arn:")
        return self.ref.partition("#")[0] if self.ref and is_arn else None

    def problems(self) -> Iterator[Problem]:
        if (self.value is None) == (self.ref is None):
            yield Problem("", "give exactly one of value (secure: ...) and ref.")
        if self.kms_key and not self.ref:
            yield Problem(
                "kmsKey", "is for a ref: the stack's key encrypts the values of this file."
            )


@dataclass(frozen=True)
class PasswordRule:
    """What a managed service accepts as a password, by its own documentation.

    `accepted` is an expression of its characters, `words` says which they are.
    """

    shortest: int
    longest: int
    accepted: str
    words: str
    least_different: int = 1

    def problems(self, password: str) -> Iterator[str]:
        """No problem contains the password itself."""
        if not self.shortest <= len(password) <= self.longest:
            yield f"has {len(password)} characters. Allowed: {self.shortest} to {self.longest}."
        if not re.fullmatch(f"({self.accepted})*", password):
            yield f"holds a character that is not allowed. Allowed: {self.words}."
        if len(set(password)) < self.least_different:
            yield f"must hold {self.least_different} different characters at least."


def plain_text_problems(config: Mapping[str, Any], stack: str) -> Iterator[Problem]:
    """Secrets that are unencrypted in the `config` of a stack file.

    Only the file shows it: in the program's config every value is decrypted.
    """
    secrets = config.get(f"{NAMESPACE}:secrets")
    if not isinstance(secrets, dict):
        return
    for name, secret in cast(dict[str, Any], secrets).items():
        value = secret.get("value") if isinstance(secret, dict) else secret
        if isinstance(value, str) and not value.startswith(REFERENCE_PREFIXES):
            advice = (
                f"Encrypt it: make secret STACK={stack} NAME={name}, and change it at its source"
            )
            yield Problem(f"secrets.{name}", f"is written in plain text. {advice}.")
