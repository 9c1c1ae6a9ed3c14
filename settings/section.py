"""What every section of the stack config is built on."""

from __future__ import annotations

from typing import Annotated, Literal

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
Percent = Annotated[int, Field(ge=10, le=95, description="Percent, 10 to 95.")]
RetentionDays = Annotated[
    Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653],
    Field(description="Days that CloudWatch Logs keeps: 1, 3, 5, 7, 14, 30, 60, 90, ... 3653."),
]
