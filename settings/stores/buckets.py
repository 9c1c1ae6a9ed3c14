"""A bucket of the stack config."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from settings.problems import Problem, repeated
from settings.section import Section

# Buckets that the platform has for itself.
RESERVED = frozenset({"access-logs", "logs"})


class Cors(Section):
    """Requests of browsers from other origins, such as an upload by a presigned URL."""

    origins: tuple[
        Annotated[
            str,
            Field(
                pattern=r"^(\*|https?://[a-z0-9*.-]+(:\d+)?)$",
                description="An origin such as https://app.example.com, or *.",
            ),
        ],
        ...,
    ] = Field(description="Origins, e.g. [https://app.example.com].")
    methods: tuple[Literal["GET", "PUT", "POST", "DELETE", "HEAD"], ...] = Field(
        default=("GET", "PUT"), description="GET, PUT, POST, DELETE or HEAD."
    )
    headers: tuple[str, ...] = Field(default=("*",), description="Request headers allowed.")
    expose_headers: tuple[str, ...] = Field(
        default=("ETag",), description="Response headers that scripts may read."
    )
    max_age_seconds: int = Field(
        default=3600, ge=0, le=86_400, description="Seconds that a browser keeps the answer."
    )

    def problems(self) -> Iterator[Problem]:
        for key, values in (("origins", self.origins), ("methods", self.methods)):
            if not values:
                yield Problem(key, "is empty: name at least one.")
            for value in repeated(values):
                yield Problem(key, f"{value} is listed twice.")


class BucketSettings(Section):
    """An S3 bucket: private, encrypted with the stack's key, TLS only. A service that names it
    under `buckets` gets its name as <NAME>_BUCKET. In prod AWS refuses to delete it while it holds
    an object."""

    versioning: bool = Field(
        default=True, description="Keep what is overwritten or deleted: true or false."
    )
    noncurrent_days: int = Field(
        default=30, ge=1, le=3650, description="Days that versioning keeps it, 1 to 3650."
    )
    expire_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="Days after which objects are deleted, 1 to 3650; default: never.",
    )
    cors: Cors | None = Field(default=None, description="Browsers of other origins; default: none.")
