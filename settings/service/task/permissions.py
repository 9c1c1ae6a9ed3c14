"""IAM statements of a service's task role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from settings.problems import Problem, repeated
from settings.section import Section

BucketAccess = Literal["read", "read-write"]
Action = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9-]+:[A-Za-z]+\*?$",
        description="An IAM action such as ses:SendEmail, or s3:Get*.",
    ),
]
Resource = Annotated[
    str,
    Field(
        pattern=r"^arn:aws(-cn|-us-gov)?:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:\S+$",
        description="An ARN, * and ? as wildcards in its last part.",
    ),
]


class Permission(Section):
    """A statement that lets the service's tasks call AWS, within the permissions boundary."""

    actions: tuple[Action, ...] = Field(description="IAM actions, e.g. [ses:SendEmail].")
    resources: tuple[Resource, ...] = Field(description="ARNs of this stack's account and region.")
    conditions: dict[str, dict[str, str | tuple[str, ...]]] = Field(
        default_factory=dict[str, dict[str, str | tuple[str, ...]]],
        description="Conditions of IAM, e.g. {StringEquals: {ses:FromAddress: a@example.com}}.",
    )

    def problems(self) -> Iterator[Problem]:
        for key, values in (("actions", self.actions), ("resources", self.resources)):
            if not values:
                yield Problem(key, "is empty: name at least one.")
            for value in repeated(values):
                yield Problem(key, f"{value} is listed twice.")
