"""What every section of the stack config is built on."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Section(BaseModel):
    """A part of the stack config: immutable, strict about types, closed to unknown keys."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, extra="forbid", frozen=True, strict=True
    )


Name = Annotated[
    str,
    Field(
        pattern=r"^[a-z](-?[a-z0-9])*$",
        max_length=40,
        description="Lower-case letters, digits and single hyphens, a letter first, 40 at most.",
    ),
]
VariableName = Annotated[
    str,
    Field(
        pattern=r"^[A-Z][A-Z0-9_]*$",
        description="Upper-case letters, digits and underscores, a letter first.",
    ),
]
