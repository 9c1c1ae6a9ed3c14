"""The base of every section of the stack config, and the types that sections share."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from settings.problems import Problem


class Section(BaseModel):
    """A part of the stack config: immutable, strict about types, closed to unknown keys."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, extra="forbid", frozen=True, strict=True
    )

    def problems(self) -> Iterator[Problem]:
        """What is wrong between the section's own keys; paths begin at the section.

        These checks are no pydantic validators: one that fails would make the section invalid,
        and the checks that need the section (cross_checks.py) would find nothing.
        """
        yield from ()


def problems_in(value: Any, path: str) -> Iterator[Problem]:
    """The problems of a section at `path` and of all sections inside it."""
    if isinstance(value, Section):
        yield from (problem.below(path) for problem in value.problems())
        for name, field in type(value).model_fields.items():
            yield from problems_in(getattr(value, name), f"{path}.{field.alias or name}")
    elif isinstance(value, dict):
        for key, item in cast(dict[str, Any], value).items():
            yield from problems_in(item, f"{path}.{key}")
    elif isinstance(value, tuple):
        for index, item in enumerate(cast(tuple[Any, ...], value)):
            yield from problems_in(item, f"{path}.{index}")


def _ipv4_range(text: str) -> str:
    """As AWS and its provider take a CIDR block: with a prefix length, no bit set behind it.
    Source: terraform-provider-aws, internal/fwvalidators/cidr.go, IPv4CIDRNetworkAddress."""
    try:
        found = re.fullmatch(r"[\d.]+/\d+", text) and ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        found = None
    if not found:
        raise ValueError(
            f"{text!r} is not an IPv4 range such as 203.0.113.0/24, or 203.0.113.7/32 for one "
            "address"
        )
    if str(found) != text:
        address = text.partition("/")[0]
        raise ValueError(
            f"{text} is an address within {found}: write {found}, or {address}/32 for it alone"
        )
    return text


Ipv4Range = Annotated[str, AfterValidator(_ipv4_range)]
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
HostName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$",
        max_length=128,
        description="A host name without wildcards, e.g. www.example.com.",
    ),
]
ZoneId = Annotated[
    str,
    Field(pattern=r"^Z[A-Z0-9]{5,31}$", description="Id of a Route 53 hosted zone."),
]
TagName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9 _.:/=+@-]{1,128}$",
        description="A tag's name: letters, digits, spaces and _ . : / = + - @, 128 at most.",
    ),
]
TagValue = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9 _.:/=+@-]{0,256}$",
        description="A tag's value in quotes: letters, digits, spaces and _ . : / = + - @.",
    ),
]
Percent = Annotated[int, Field(ge=10, le=95, description="Percent, 10 to 95.")]
RetentionDays = Annotated[
    Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653],
    Field(description="Days that CloudWatch Logs keeps: 1, 3, 5, 7, 14, 30, 60, 90, ... 3653."),
]
