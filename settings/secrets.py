"""Secrets of the stack config: encrypted values, and references to what ops keep."""

from __future__ import annotations

from typing import Any, Literal

import pulumi
from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from settings.section import Section

REFERENCE_PREFIXES = ("ssm:", "secretsmanager:")


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
    """One secret: an encrypted value of the stack file, or a reference to one that ops keep.

    In the file a secret may also be written short: a `secure:` value, or the reference alone.
    """

    value: InlineValue | None = Field(
        default=None, description="An encrypted value (secure: ...), written by `make secret`."
    )
    store: Literal["ssm", "secretsmanager"] = Field(
        default="ssm", description="Where an encrypted value is put: ssm or secretsmanager."
    )
    ref: str | None = Field(
        default=None,
        pattern=r"^(ssm:/[A-Za-z0-9_./-]+|secretsmanager:[A-Za-z0-9/_+=.@!-]+(#[A-Za-z0-9_-]+)?)$",
        description="ssm:/path/of/parameter, or secretsmanager:name with an optional #jsonKey.",
    )
    revision: int = Field(
        default=1, ge=1, description="Raise it when the referenced value changed, to roll tasks."
    )
